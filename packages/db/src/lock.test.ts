import { holdingKey, type RowKeys } from "@stampede/core/decision";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import fc from "fast-check";
import postgres from "postgres";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./connect.ts";
import { guardTransactions } from "./driver-guard.ts";
import { lockRows } from "./lock.ts";
import { promised } from "./testing/promised.ts";
import {
  addCampaign,
  addProduct,
  addUsers,
  charge,
  claim,
  openTestShop,
  order,
  restock,
  run,
  runGroup,
  until,
  type TestShop,
} from "./testing/shop.ts";

/** Three rows of each table, ids in ascending order. */
interface Ids {
  readonly wallets: readonly string[];
  readonly issuedCoupons: readonly string[];
  readonly products: readonly string[];
  readonly campaigns: readonly string[];
}
type Table = keyof Ids;

const tables = {
  wallets: { name: "wallets", key: "user_id" },
  issuedCoupons: { name: "issued_coupons", key: "issued_coupon_id" },
  products: { name: "products", key: "product_id" },
  campaigns: { name: "coupon_campaigns", key: "coupon_id" },
} as const;
/** The one global order. */
const lockOrder = Object.keys(tables) as Table[];

let shop: TestShop;
let ids: Ids;

beforeAll(async () => {
  // Planned by scans alone, rows come in the order they lie in, unless the statement sorts them.
  const settings = { enable_seqscan: "on", enable_indexscan: "off", enable_bitmapscan: "off" };
  shop = await openTestShop({ settings });
  const [first, second, third] = await addUsers(shop, 3);
  const wallets = [first!, second!, third!];
  const products = [await addProduct(shop), await addProduct(shop), await addProduct(shop)];
  const campaigns = [await addCampaign(shop), await addCampaign(shop), await addCampaign(shop)];
  const issuedCoupons = await Promise.all(
    wallets.map((userId) => run(shop, claim(userId, campaigns[0]!))),
  );
  for (const userId of wallets) await run(shop, charge(userId, 1_000_000));
  ids = {
    wallets,
    issuedCoupons: issuedCoupons.sort(),
    products: products.sort(),
    campaigns: campaigns.sort(),
  };
  // A row that was changed lies behind its neighbours: a scan alone would not find them in order.
  for (const table of lockOrder) {
    const { name, key } = tables[table];
    const { sql } = shop;
    await sql`
      update ${sql(name)} set ${sql(key)} = ${sql(key)} where ${sql(key)} = ${ids[table][0]!}`;
  }
});
afterAll(() => shop[Symbol.asyncDispose]());

/** Which of these rows somebody holds locked. */
const lockedOf = async (table: Table): Promise<string[]> => {
  const { name, key } = tables[table];
  const free = await shop.sql`
    select ${shop.sql(key)} as id from ${shop.sql(name)} for update skip locked`;
  const freeIds = free.map((row) => String(row["id"]));
  return ids[table].filter((id) => !freeIds.includes(id));
};

/** Holds a row locked for as long as the work goes on. */
const whileHeld = async <T>(table: Table, id: string, work: () => Promise<T>): Promise<T> => {
  const { name, key } = tables[table];
  const held = promised();
  const done = promised();
  const holder = shop.sql.begin(async (tx) => {
    await tx`select from ${tx(name)} where ${tx(key)} = ${id} for update`;
    held.resolve();
    await done.promise;
  });
  await held.promise;
  try {
    return await work();
  } finally {
    done.resolve();
    await holder;
  }
};

const somebodyWaits = () =>
  until(async () => {
    const rows = await shop.sql`
      select from pg_stat_activity
      where application_name = 'stampede test' and wait_event_type = 'Lock'
        and datname = current_database()`;
    return rows.length > 0;
  });

/** Every row there is, named in a random order and some of them twice. */
const everything = (seed: number): RowKeys => {
  const shuffled = (of: readonly string[]) =>
    fc.sample(fc.shuffledSubarray([...of, ...of], { minLength: of.length * 2 }), {
      seed,
      numRuns: 1,
    })[0]!;
  return {
    wallets: shuffled(ids.wallets),
    issuedCoupons: shuffled(ids.issuedCoupons),
    products: shuffled(ids.products),
    campaigns: shuffled(ids.campaigns),
  };
};

test.each(lockOrder)("%s are locked by ascending id, in whatever order named", async (table) => {
  const [first, second, third] = ids[table];
  for (const seed of [1, 2, 3, 4, 5]) {
    const { locking } = await whileHeld(table, second!, async () => {
      const locking = shop.transactions.run((tx) =>
        lockRows(tx, { [table]: everything(seed)[table] }).then(() => lockedOf(table)),
      );
      await somebodyWaits();
      // The first is taken, the second is waited for, the third is not touched yet.
      expect(await lockedOf(table)).toEqual([first, second]);
      return { locking };
    });
    expect(await locking).toEqual([first, second, third]);
  }
});

test.each(lockOrder)("who waits for %s holds the tables before and none after", async (table) => {
  const { locking } = await whileHeld(table, ids[table][0]!, async () => {
    const locking = shop.transactions.run((tx) => lockRows(tx, everything(6)));
    await somebodyWaits();
    const place = lockOrder.indexOf(table);
    for (const before of lockOrder.slice(0, place))
      expect(await lockedOf(before)).toEqual(ids[before]);
    for (const after of lockOrder.slice(place + 1)) expect(await lockedOf(after)).toEqual([]);
    return { locking };
  });
  await locking;
});

test("all statements are sent at once: one round trip for all", async () => {
  const sent: string[] = [];
  const client = postgres(shop.url, {
    max: 1,
    fetch_types: false,
    connection: { application_name: "stampede test" },
    debug: (_connection, query) => sent.push(query),
  });
  const db: Database = drizzle(guardTransactions(client), { casing: "snake_case" });
  const holdings = [{ couponId: ids.campaigns[0]!, userId: ids.wallets[0]! }];
  const lock = () => db.transaction((tx) => lockRows(tx, { ...everything(7), holdings }));
  // The first time each statement is prepared, which takes a round trip of its own.
  await lock();
  sent.length = 0;

  const { locking } = await whileHeld("wallets", ids.wallets[0]!, async () => {
    const locking = lock();
    await somebodyWaits();
    const tablesLocked = sent.map((query) => /from "(\w+)"/.exec(query)?.[1]);
    expect(tablesLocked).toEqual([
      undefined,
      "wallets",
      "issued_coupons",
      "products",
      "coupon_campaigns",
      undefined,
    ]);
    expect(sent.map((query) => /for update( of "issued_coupons")?$/.test(query))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(sent[0]).toMatch(/^begin/);
    expect(sent.at(-1)).toContain("unnest");
    return { locking };
  });
  await locking;
  await client.end();
});

test("the text of a statement does not depend on how many rows it is for", async () => {
  const texts = new Set<string>();
  const client = postgres(shop.url, {
    max: 1,
    fetch_types: false,
    debug: (_connection, query) => texts.add(query),
  });
  const db: Database = drizzle(guardTransactions(client), { casing: "snake_case" });
  const counts = [];
  for (const count of [1, 2, 3]) {
    const some = Object.fromEntries(lockOrder.map((table) => [table, ids[table].slice(0, count)]));
    await db.transaction((tx) => lockRows(tx, some));
    counts.push(texts.size);
  }
  expect(counts).toEqual([counts[0], counts[0], counts[0]]);
  await client.end();
});

test("an order with a coupon holds the coupon and leaves its campaign free", async () => {
  const [issuedCouponId] = ids.issuedCoupons;
  await shop.transactions.run(async (tx) => {
    const rows = await lockRows(tx, { issuedCoupons: [issuedCouponId!] });
    expect(rows.issuedCoupons.get(issuedCouponId!)).toMatchObject({
      couponId: ids.campaigns[0],
      orderId: null,
      terms: { name: "Opening day", discount: { type: "FIXED", amount: 500 } },
    });
    expect(await lockedOf("issuedCoupons")).toEqual([issuedCouponId]);
    expect(await lockedOf("campaigns")).toEqual([]);
  });
});

test("a row is read as the transaction before left it, not as it was before the wait", async () => {
  const userId = ids.wallets[1]!;
  const before = await shop.transactions.run((tx) => lockRows(tx, { wallets: [userId] }));
  const inside = promised();
  const richer = shop.transactions.run(async (tx) => {
    await lockRows(tx, { wallets: [userId] });
    inside.resolve();
    await somebodyWaits();
    await tx.execute(sql`update wallets set balance = balance + 7 where user_id = ${userId}`);
  });
  await inside.promise;
  const after = await shop.transactions.run((tx) => lockRows(tx, { wallets: [userId] }));
  await richer;
  expect(after.wallets.get(userId)!.balance).toBe(before.wallets.get(userId)!.balance + 7);
  await shop.sql`update wallets set balance = balance - 7 where user_id = ${userId}`;
});

test("who holds a coupon is read under the campaign's lock", async () => {
  const campaign = await addCampaign(shop);
  const userId = ids.wallets[0]!;
  const keys = { campaigns: [campaign], holdings: [{ couponId: campaign, userId }] };
  const before = await shop.transactions.run((tx) => lockRows(tx, keys));
  expect([...before.holdings]).toEqual([]);

  const inside = promised();
  const claiming = shop.transactions.run(async (tx) => {
    await lockRows(tx, keys);
    inside.resolve();
    await somebodyWaits();
    await tx.execute(sql`
      insert into issued_coupons (issued_coupon_id, coupon_id, user_id, sequence, issued_at)
      values (${newId()}, ${campaign}, ${userId}, 1, now())`);
    await tx.execute(
      sql`update coupon_campaigns set issued_quantity = 1 where coupon_id = ${campaign}`,
    );
  });
  await inside.promise;
  const after = await shop.transactions.run((tx) => lockRows(tx, keys));
  await claiming;
  expect(after.campaigns.get(campaign)!.issuedQuantity).toBe(1);
  expect([...after.holdings]).toEqual([holdingKey(campaign, userId)]);
});

test("what is no id of ours, and what is not there, names nothing", async () => {
  const strange = ["", "unknown", "'; drop table wallets; --", "{}", `${ids.wallets[0]},`, newId()];
  const rows = await shop.transactions.run((tx) =>
    lockRows(tx, {
      wallets: strange,
      issuedCoupons: strange,
      products: [...strange, ids.products[0]!],
      campaigns: strange,
      holdings: strange.map((couponId) => ({ couponId, userId: ids.wallets[0]! })),
    }),
  );
  expect([...rows.products.keys()]).toEqual([ids.products[0]]);
  expect([rows.wallets.size, rows.issuedCoupons.size, rows.campaigns.size]).toEqual([0, 0, 0]);
  expect(rows.holdings.size).toBe(0);
});

test("nothing named, nothing locked", async () => {
  const rows = await shop.transactions.run((tx) => lockRows(tx, { wallets: [] }));
  expect(Object.values(rows).map((found: { size: number }) => found.size)).toEqual([0, 0, 0, 0, 0]);
});

test("transactions that name the same rows in every order never deadlock", async () => {
  const deadlocks = async () => {
    const [row] = await shop.sql`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    return Number(row!["deadlocks"]);
  };
  const before = await deadlocks();
  const rounds = Array.from({ length: 200 }, (_, seed) =>
    shop.transactions.run(async (tx) => {
      await lockRows(tx, everything(seed));
      await tx.execute(sql`update wallets set seq = seq`);
    }),
  );
  await Promise.all(rounds);
  expect(await deadlocks()).toBe(before);
});

test("crossing carts, claims and restocks at once: no deadlock, and it all adds up", async () => {
  const conflicts: string[] = [];
  await using busy = await openTestShop({
    connections: 8,
    waitingMax: 1_000,
    onRetry: (code) => conflicts.push(code),
  });
  const users = await addUsers(busy, 4);
  const products = [
    await addProduct(busy, { stock: 10_000, price: 1 }),
    await addProduct(busy, { stock: 10_000, price: 1 }),
  ];
  const campaign = await addCampaign(busy, { totalQuantity: 4 });
  for (const userId of users) await run(busy, charge(userId, 1_000_000));

  const there = products.map((productId) => ({ productId, quantity: 1 }));
  const back = [...there].reverse();
  const groups = Array.from({ length: 200 }, (_, index) => {
    const [one, other] = [users[index % 4]!, users[(index + 1) % 4]!];
    return [
      order(one, index % 2 ? there : back),
      order(other, index % 2 ? back : there),
      claim(one, campaign),
      restock(one, products[index % 2]!, 1),
    ];
  });
  const answers = await Promise.all(groups.map((group) => runGroup(busy, group)));

  expect(conflicts).toEqual([]);
  expect(answers.flat().filter(({ ok }) => ok)).toHaveLength(200 + 200 + 4 + 200);
  expect(await busy.sql`select stock::int from products`).toEqual([
    { stock: 10_000 - 400 + 100 },
    { stock: 10_000 - 400 + 100 },
  ]);
  expect(await busy.sql`select distinct balance::int from wallets`).toEqual([{ balance: 999_800 }]);
});
