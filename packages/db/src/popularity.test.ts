import { popularWindowHours, type PopularProduct } from "@stampede/core/product/schema";
import { toInstant } from "@stampede/core/time";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyWrites } from "./apply.ts";
import { runAudit } from "./audit.ts";
import type { Database } from "./connect.ts";
import { relayOutbox } from "./outbox.ts";
import { moveWindow, readPopularProducts } from "./popularity.ts";
import { addProduct, addUser, openTestShop, until, type TestShop } from "./testing/shop.ts";
import type { Transaction } from "./transactions.ts";

const second = 1_000;
const hour = 3_600 * second;
const windowMs = popularWindowHours * hour;

let shop: TestShop;
let userId: string;
/** Seven products, one of each id in ascending order. */
let productIds: string[];
let seq = 0;
/** Deadlocks, and whatever else made a transaction run again. */
const conflicts: string[] = [];

beforeAll(async () => {
  const settings = { deadlock_timeout: 50 };
  shop = await openTestShop({ connections: 3, settings, onRetry: (code) => conflicts.push(code) });
  userId = await addUser(shop);
  productIds = Array.from({ length: 7 }, () => newId()).sort();
  for (const [index, productId] of productIds.entries())
    await addProduct(shop, { productId, name: `Product ${index}`, price: 100, stock: 10 });
});
beforeEach(() => startOver());
afterAll(() => shop[Symbol.asyncDispose]());

/** As after the migration, with the products still there. */
const startOver = async () => {
  await shop.sql`truncate orders, order_lines, outbox, point_log, product_popularity`;
  await shop.sql`update popularity_window set counted_from = now() - interval '73 hours'`;
};

/** Places an order that was paid `ageMs` ago, of these products (by their place in the list). */
const place = (ageMs: number, products: readonly number[], quantity = 1) =>
  placeAll([{ ageMs, products, quantity }]);

const placeAll = (
  placed: readonly { ageMs: number; products: readonly number[]; quantity?: number }[],
) =>
  shop.transactions.run(async (tx) => {
    const [clock] = await tx.execute<{ at: string }>(sql`select now() as at`);
    const now = Date.parse(clock!.at);
    const all = placed.map(({ ageMs, products, quantity = 1 }) =>
      orderAt(toInstant(now - ageMs), products, quantity),
    );
    await applyWrites(tx, {
      newOrders: all.map(({ order }) => order),
      newOrderLines: all.flatMap(({ lines }) => lines),
      newPointEntries: all.map(({ entry }) => entry),
    });
  });

const orderAt = (paidAt: string, products: readonly number[], quantity = 1) => {
  const orderId = newId();
  const totalAmount = products.length * quantity * 100;
  const amounts = { totalAmount, discountAmount: 0, paidAmount: totalAmount };
  return {
    order: { orderId, userId, ...amounts, issuedCouponId: null, paidAt },
    lines: products.map((index) => ({
      orderId,
      productId: productIds[index]!,
      name: "",
      unitPrice: 100,
      quantity,
    })),
    entry: {
      operationId: orderId,
      userId,
      seq: ++seq,
      type: "USE" as const,
      amount: totalAmount,
      balanceAfter: 0,
      createdAt: paidAt,
    },
  };
};

const relay = () => shop.transactions.run(relayOutbox);
const moveOn = () => shop.transactions.run(moveWindow);
const read = () => readPopularProducts(shop.db);

/** What was read, as places in the list of products and counts. */
const tally = (popular: readonly PopularProduct[]) =>
  popular.map(({ productId, orderCount }) => [productIds.indexOf(productId), orderCount]);

/** The same, counted one by one from the orders themselves. */
const countOneByOne = async (tx: Transaction) => {
  const rows = await tx.execute<{ product_id: string; count: number }>(sql`
    select product_id, count(*)::int as count from orders join order_lines using (order_id)
    where paid_at >= now() - interval '72 hours'
    group by product_id order by count desc, max(paid_at) desc, product_id limit 5`);
  return rows.map(({ product_id, count }) => [productIds.indexOf(product_id), count]);
};

/**
 * Both ways at one moment: one snapshot, one `now()`. A transaction's `now()` is its BEGIN; when a
 * worker moved the window between BEGIN and snapshot, it is a look at the past, and does not count.
 */
const readBothWays = async () => {
  for (;;) {
    const both = await shop.transactions.run(
      async (tx) => {
        const [window] = await tx.execute<{ reached: boolean }>(sql`
          select counted_from <= now() - interval '72 hours' as reached from popularity_window`);
        if (!window!.reached) return undefined;
        return {
          read: tally(await readPopularProducts(tx as unknown as Database)),
          counted: await countOneByOne(tx),
        };
      },
      { isolationLevel: "repeatable read" },
    );
    if (both) return both;
  }
};

test("with nothing sold the answer is an empty list (T1)", async () => {
  expect(await read()).toEqual([]);
  await relay();
  await moveOn();
  expect(await read()).toEqual([]);
});

test("the first order counts at once, before any worker has seen it", async () => {
  await place(0, [3]);
  expect(await read()).toEqual([
    {
      productId: productIds[3],
      name: "Product 3",
      description: "",
      price: 100,
      stock: 10,
      imageUrl: null,
      rank: 1,
      orderCount: 1,
    },
  ]);
});

test("an order counts once: before the worker, after it, and in a window that moved", async () => {
  await place(hour, [0, 1]);
  const expected = [
    [0, 1],
    [1, 1],
  ];
  for (const next of [relay, moveOn, relay, moveOn]) {
    expect(tally(await read())).toEqual(expected);
    await next();
  }
  expect(tally(await read())).toEqual(expected);
});

test("it is the number of orders that counts, not how many pieces were in them (T1)", async () => {
  await place(3 * hour, [0], 1_000);
  await place(2 * hour, [1], 1);
  await place(1 * hour, [1], 1);
  const expected = [
    [1, 2],
    [0, 1],
  ];
  expect(tally(await read())).toEqual(expected);
  await relay();
  expect(tally(await read())).toEqual(expected);
});

test("there are five at most, ranked from 1", async () => {
  for (const index of [0, 1, 2, 3, 4, 5, 6])
    for (let times = 0; times <= index; times++) await place(hour, [index]);
  const popular = await read();
  expect(tally(popular)).toEqual([
    [6, 7],
    [5, 6],
    [4, 5],
    [3, 4],
    [2, 3],
  ]);
  expect(popular.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
});

test("of equals the one ordered last comes first, then the one with the smaller id", async () => {
  await placeAll([
    { ageMs: hour, products: [4, 2] },
    { ageMs: hour - 1, products: [5] },
    { ageMs: hour + 1, products: [0] },
  ]);
  const expected = [5, 2, 4, 0].map((index) => [index, 1]);
  expect(tally(await read())).toEqual(expected);
  await relay();
  expect(tally(await read())).toEqual(expected);
});

test("a tie is broken by the last order, wherever the two of them are counted", async () => {
  await place(2 * hour, [0]);
  await place(3 * hour, [1]);
  await relay();
  await place(1 * hour, [1]);
  await place(90 * 60 * second, [0]);
  expect(tally(await read())).toEqual([
    [1, 2],
    [0, 2],
  ]);
});

test("an order of 72 hours ago is out, one of a little less is in", async () => {
  await place(windowMs + 1, [0]);
  await place(windowMs - 20 * second, [1]);
  for (const next of [relay, moveOn]) {
    expect(tally(await read())).toEqual([[1, 1]]);
    await next();
  }
  expect(tally(await read())).toEqual([[1, 1]]);
});

test.each([
  ["that still waits in the outbox", []],
  ["that the worker has counted", [() => relay()]],
  ["that is counted, in a window that keeps moving", [() => relay(), () => moveOn()]],
])("an order %s leaves while we watch", async (_where, before) => {
  await place(windowMs - 400, [0]);
  for (const step of before) await step();
  expect(tally(await read())).toEqual([[0, 1]]);
  await until(async () => (await read()).length === 0);
  // And stays away, whatever the worker does next.
  for (const step of [moveOn, relay, moveOn]) {
    await step();
    expect(await read()).toEqual([]);
  }
});

test("an order that left takes its product's place with it, not the product", async () => {
  await place(windowMs - 400, [0]);
  await place(windowMs - 400, [0]);
  await place(hour, [0]);
  await place(2 * hour, [1]);
  await place(2 * hour, [1]);
  await relay();
  expect(tally(await read())[0]).toEqual([0, 3]);
  await until(async () => tally(await read())[0]![0] === 1);
  const expected = [
    [1, 2],
    [0, 1],
  ];
  expect(tally(await read())).toEqual(expected);
  await moveOn();
  expect(tally(await read())).toEqual(expected);
  expect(await shop.sql`select sum(order_count)::int as sum from product_popularity`).toEqual([
    { sum: 3 },
  ]);
});

test("a worker that was away for days catches up exactly", async () => {
  await shop.sql`update popularity_window set counted_from = now() - interval '100 hours'`;
  for (const age of [99, 90, 80, 73, 71, 50]) await place(age * hour, [0]);
  const expected = [[0, 2]];
  for (const next of [relay, moveOn, moveOn]) {
    expect(tally(await read())).toEqual(expected);
    await next();
  }
  expect(tally(await read())).toEqual(expected);
});

/*
 * Any sequence of orders around the window's edge, the worker's two steps, and looks at the list.
 * Ages are as a live shop makes them: an order comes within the window; what leaves it does so
 * because time goes on, or because the window had not been moved for a while.
 */
type Step =
  | { readonly kind: "place"; readonly ageMs: number; readonly products: readonly number[] }
  | { readonly kind: "relay" | "move" | "read" | "nap" };

const ageMs = fc.oneof(
  fc.nat(windowMs - hour),
  // Within the next tenth of a second these leave the window.
  fc.nat(100).map((left) => windowMs - left),
  // These have left it already, and were not counted yet or not taken out yet.
  fc.nat(50 * 60 * second).map((since) => windowMs + since),
  fc.constantFrom(0, windowMs, windowMs - 1, windowMs + 1),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("place" as const),
      ageMs,
      products: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("relay", "move", "read", "nap") }),
  },
);

const take = async (taken: Step): Promise<void> => {
  if (taken.kind === "place") await place(taken.ageMs, taken.products);
  if (taken.kind === "relay") await relay();
  if (taken.kind === "move") await moveOn();
  if (taken.kind === "nap") await new Promise((resolve) => setTimeout(resolve, 20));
};

test("exact to the millisecond in any interleaving of orders, worker and readers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
      await startOver();
      for (const taken of steps) {
        await take(taken);
        const { read, counted } = await readBothWays();
        expect(read).toEqual(counted);
      }
      for (const last of [relay, moveOn]) {
        await last();
        const { read, counted } = await readBothWays();
        expect(read).toEqual(counted);
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
}, 60_000);

test("exact while workers race, orders come in and others leave", async () => {
  // These leave the window one after the other within the next seconds.
  await placeAll(
    Array.from({ length: 600 }, (_, index) => ({
      ageMs: windowMs - 500 - index * 5,
      products: [index % 7, (index + 1) % 7],
    })),
  );
  let working = true;
  const worker = async () => {
    while (working) {
      await relay();
      await moveOn();
    }
  };
  const workers = [worker(), worker()];
  try {
    const end = Date.now() + 4_000;
    for (let look = 0; Date.now() < end; look++) {
      if (look % 3 === 0) await place(look * second, [look % 7, (look + 2) % 7, (look + 5) % 7]);
      const { read, counted } = await readBothWays();
      expect(read).toEqual(counted);
    }
  } finally {
    working = false;
    await Promise.all(workers);
  }
  await relay();
  await moveOn();
  // Two workers wait for each other at the counts, and never in a circle.
  expect(conflicts).toEqual([]);
  const [row] = await shop.sql`
    select sum(order_count)::int as counted,
      (select count(*)::int from orders join order_lines using (order_id)
        where paid_at >= now() - interval '72 hours') as lines
    from product_popularity`;
  expect(row!["counted"]).toBe(row!["lines"]);
  const { checks } = await runAudit(shop.url);
  expect(checks.find(({ name }) => name.startsWith("the popularity"))).toMatchObject({ ok: true });
}, 60_000);

/** How many rows of these tables the work looked at, in this connection. */
const rowsLookedAt = async (
  tx: Transaction,
  tables: string,
  work: () => Promise<unknown>,
): Promise<number> => {
  const soFar = async () => {
    const [row] = await tx.execute<{ rows: number }>(sql`
      select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
      from pg_stat_xact_user_tables where relname = any(${tables}::text[])`);
    return row!.rows;
  };
  const before = await soFar();
  await work();
  return (await soFar()) - before;
};

test.each(["that are up to date", "that are out of date", "of when they were being written"])(
  "neither reader nor worker looks at old orders, with statistics %s (T2)",
  async (statistics) => {
    // A month of orders, one in ten within the window.
    if (statistics === "that are out of date") await shop.sql`analyze`;
    const loading = await shop.sql.reserve();
    await loading`begin`;
    await loading`
      with placed as (
        insert into orders (order_id, user_id, total_amount, discount_amount, paid_amount, paid_at)
        select gen_random_uuid(), ${userId}, 100, 0, 100, now() - number * interval '130 s'
        from generate_series(1, 20000) number
        returning order_id, paid_at
      ), lined as (
        insert into order_lines
        select order_id, product_id, '', 100, 1
        from placed, unnest(${productIds}::uuid[]) product_id
      )
      insert into outbox
      select order_id, ${userId}, row_number() over () + 1000000, 'USE', 100, 0, paid_at
      from placed where paid_at >= (select counted_from from popularity_window)`;
    // As the autovacuum may: it sees pages, and not one order in them.
    if (statistics === "of when they were being written") await shop.sql`vacuum orders, order_lines`;
    await loading`commit`;
    loading.release();
    while ((await relay()) > 0);
    await moveOn();
    if (statistics === "that are up to date") await shop.sql`analyze`;

    // Once as planned, once by a planner that shuns single rows, as it does when it guesses high.
    for (const [cost, tables] of [
      [4, "{orders,order_lines}"],
      [30, "{order_lines}"],
    ] as const) {
      // One that leaves now, and one that waits: there is something to look for on both sides.
      await place(windowMs - 1, [0]);
      await relay();
      await place(hour, [0]);
      await shop.transactions.run(async (tx) => {
        await tx.execute(sql.raw(`set local random_page_cost = ${cost}`));
        const steps = [
          () => readPopularProducts(tx as unknown as Database),
          () => relayOutbox(tx),
          () => moveWindow(tx),
        ];
        const looked: number[] = [];
        for (const step of steps) looked.push(await rowsLookedAt(tx, tables, step));
        expect(Math.max(...looked), `rows looked at: ${looked.join(", ")}`).toBeLessThan(50);
      });
    }
    // The plain count of them all, which it is compared with, takes seconds without.
    await shop.sql`analyze`;
    const { read, counted } = await readBothWays();
    expect(read).toEqual(counted);
  },
  60_000,
);
