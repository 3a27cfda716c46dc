import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { runAudit } from "./audit.ts";
import { isConnectionFailure } from "./errors.ts";
import { outboxLag, relayBatchSize, relayOutbox, tidyOutbox } from "./outbox.ts";
import { promised } from "./testing/promised.ts";
import {
  addProduct,
  addUser,
  addUsers,
  charge,
  openTestShop,
  order,
  run,
  runGroup,
  until,
  type TestShop,
  type Wanted,
} from "./testing/shop.ts";
import { OutcomeUnknown, type Transactions } from "./transactions.ts";

const relays = 4;

/** Leaves that many entries waiting: each of 50 people charges once and then orders. */
const fill = async (shop: TestShop, entries: number): Promise<void> => {
  const users = await addUsers(shop, 50);
  const products: string[] = [];
  for (let made = 0; made < 20; made++)
    products.push(await addProduct(shop, { stock: 1_000_000, price: 3 }));
  const product = (index: number) => products[index % products.length]!;
  const commands = users.flatMap((userId, index): Wanted[] => [
    charge(userId, 1_000_000),
    ...Array.from({ length: entries / users.length - 1 }, (_, turn) =>
      order(userId, [
        { productId: product(index + turn * 7), quantity: 1 + (turn % 3) },
        { productId: product(index + turn * 11 + 1), quantity: 1 },
      ]),
    ),
  ]);
  for (let done = 0; done < commands.length; done += 500)
    await runGroup(shop, commands.slice(done, done + 500));
};

const waiting = ({ sql }: TestShop) => sql`select * from outbox order by user_id, seq`;
const logged = ({ sql }: TestShop) => sql`select * from point_log order by user_id, seq`;

/** The counts as they should be once nothing waits: every order of the window, one by one. */
const ordered = ({ sql }: TestShop) => sql`
  select product_id, count(*) as order_count, max(paid_at) as last_ordered_at
  from orders join order_lines using (order_id) group by product_id order by product_id`;
const counted = ({ sql }: TestShop) => sql`
  select product_id, order_count, last_ordered_at from product_popularity order by product_id`;

/** Works the outbox off until it is empty; a lost connection is no reason to stop. */
const relayAll = async (transactions: Transactions): Promise<number> => {
  for (let total = 0; ; ) {
    try {
      const moved = await transactions.run(relayOutbox);
      if (moved === 0) return total;
      total += moved;
    } catch (error) {
      if (!(error instanceof OutcomeUnknown) && !isConnectionFailure(error)) throw error;
    }
  }
};

const expectAllMovedOnce = async (shop: TestShop, before: readonly object[]) => {
  expect(await waiting(shop)).toEqual([]);
  expect(await logged(shop)).toEqual(before);
  expect(await counted(shop)).toEqual(await ordered(shop));
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
};

test("four relays race over 5,000 entries: each is logged once, every count is exact", async () => {
  const conflicts: string[] = [];
  await using shop = await openTestShop({ onRetry: (code) => conflicts.push(code) });
  await fill(shop, 5_000);
  const before = [...(await waiting(shop))];
  expect(before).toHaveLength(5_000);

  const moved = await Promise.all(
    Array.from({ length: relays }, () => relayAll(shop.transactions)),
  );

  expect(moved.reduce((total, one) => total + one)).toBe(5_000);
  expect(conflicts).toEqual([]);
  await expectAllMovedOnce(shop, before);
});

test("while orders come in, the books balance at every moment", async () => {
  await using shop = await openTestShop({ connections: 6 });
  await fill(shop, 500);
  let selling = true;
  const worker = async () => {
    while (selling) await shop.transactions.run(relayOutbox);
  };
  const workers = [worker(), worker()];
  const audits = [];
  for (let round = 0; round < 5; round++) {
    const [, audit] = await Promise.all([fill(shop, 200), runAudit(shop.url)]);
    audits.push(audit.checks.filter(({ ok }) => !ok));
  }
  selling = false;
  await Promise.all(workers);
  expect(audits).toEqual([[], [], [], [], []]);
  await relayAll(shop.transactions);
  expect(await counted(shop)).toEqual(await ordered(shop));
});

test("a relay takes at most a batch", async () => {
  await using shop = await openTestShop();
  await fill(shop, relayBatchSize + 50);
  expect(await shop.transactions.run(relayOutbox)).toBe(relayBatchSize);
  expect(await shop.transactions.run(relayOutbox)).toBe(50);
  expect(await shop.transactions.run(relayOutbox)).toBe(0);
});

test("what was moved leaves its room to what comes", async () => {
  await using shop = await openTestShop();
  // It would come in between.
  await shop.sql`alter table outbox set (autovacuum_enabled = off)`;
  const pages = async () => {
    const [row] = await shop.sql<{ pages: number }[]>`
      select (pg_relation_size('outbox') / current_setting('block_size')::int)::int as pages`;
    return row!.pages;
  };
  const sizes = [];
  for (let round = 0; round < 6; round++) {
    await fill(shop, 1_000);
    await relayAll(shop.transactions);
    await tidyOutbox(shop.db);
    sizes.push(await pages());
  }
  expect(sizes.slice(1)).toEqual(sizes.slice(0, -1));
});

test("a relay waits for no other: what one holds is left to it", async () => {
  await using shop = await openTestShop();
  await fill(shop, relayBatchSize + 50);
  const holds = promised();
  const mayCommit = promised();
  const slow = shop.transactions.run(async (tx) => {
    // As far as the log: the counts of the products are taken one after the other.
    await tx.execute(sql`select from outbox limit ${relayBatchSize} for update skip locked`);
    holds.resolve();
    await mayCommit.promise;
  });
  await holds.promise;
  expect(await shop.transactions.run(relayOutbox)).toBe(50);
  mayCommit.resolve();
  await slow;
  expect(await shop.transactions.run(relayOutbox)).toBe(relayBatchSize);
});

test("a relay that dies after its work and before COMMIT has moved nothing", async () => {
  await using shop = await openTestShop();
  await fill(shop, 1_500);
  const before = [...(await waiting(shop))];
  for (let death = 0; death < 3; death++) {
    const dying = shop.transactions.run(async (tx) => {
      expect(await relayOutbox(tx)).toBe(relayBatchSize);
      const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      await shop.sql`select pg_terminate_backend(${row!.pid})`;
    });
    await expect(dying).rejects.toThrow();
    expect(await waiting(shop)).toEqual(before);
    expect(await logged(shop)).toEqual([]);
    expect(await counted(shop)).toEqual([]);
  }
  expect(await relayAll(shop.transactions)).toBe(1_500);
  await expectAllMovedOnce(shop, before);
});

test("a relay that dies in the middle of its statement has moved nothing", async () => {
  await using shop = await openTestShop();
  await fill(shop, 1_500);
  expect(await shop.transactions.run(relayOutbox)).toBe(relayBatchSize);
  const [left, done, counts] = [
    [...(await waiting(shop))],
    [...(await logged(shop))],
    [...(await counted(shop))],
  ];
  // Somebody holds a product's count: the relay has taken and logged its batch, and waits.
  const mayGo = promised();
  const holding = promised();
  const holder = shop.sql.begin(async (tx) => {
    await tx`select from product_popularity order by product_id desc limit 1 for update`;
    holding.resolve();
    await mayGo.promise;
  });
  await holding.promise;
  const dying = shop.transactions.run(relayOutbox);
  dying.catch(() => {});
  const stuck = () => shop.sql<{ pid: number }[]>`
    select pid from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`;
  await until(async () => (await stuck()).length === 1);
  await shop.sql`select pg_terminate_backend(${(await stuck())[0]!.pid})`;
  await expect(dying).rejects.toThrow();
  mayGo.resolve();
  await holder;

  expect(await waiting(shop)).toEqual(left);
  expect(await logged(shop)).toEqual(done);
  expect(await counted(shop)).toEqual(counts);
  expect(await relayAll(shop.transactions)).toBe(500);
  await expectAllMovedOnce(
    shop,
    [...done, ...left].sort((a, b) =>
      `${a["user_id"]} ${String(a["seq"]).padStart(9)}` <
      `${b["user_id"]} ${String(b["seq"]).padStart(9)}`
        ? -1
        : 1,
    ),
  );
});

test("relays that are killed all the time lose nothing and double nothing", async () => {
  await using shop = await openTestShop();
  await fill(shop, 5_000);
  const before = [...(await waiting(shop))];
  let relaying = true;
  let kills = 0;
  const killing = (async () => {
    while (relaying) {
      const killed = await shop.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'stampede test' and datname = current_database()
          and state <> 'idle' order by random() limit 1`;
      kills += killed.length;
      // Less and less often: where a batch takes 100 ms, hardly one in ten would live.
      await new Promise((resolve) => setTimeout(resolve, 15 + kills / 4));
    }
  })();
  await Promise.all(Array.from({ length: relays }, () => relayAll(shop.transactions)));
  relaying = false;
  await killing;
  expect(kills).toBeGreaterThan(0);
  await expectAllMovedOnce(shop, before);
});

test("an entry that commits late is not lost, however much was moved in the meantime", async () => {
  await using shop = await openTestShop();
  const [early, late] = await addUsers(shop, 2);
  const mayCommit = promised();
  const written = promised();
  // Begun first, with the smaller ids and the earlier time; committed last.
  const slow = shop.sql.begin(async (tx) => {
    await tx`
      insert into outbox
      values (gen_random_uuid(), ${early!}, 1, 'CHARGE', 1000, 1000, now() - interval '1 minute')`;
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  for (let turn = 0; turn < 3; turn++) {
    await run(shop, charge(late!, 1_000));
    expect(await relayAll(shop.transactions)).toBe(1);
  }
  mayCommit.resolve();
  await slow;
  expect(await relayAll(shop.transactions)).toBe(1);
  expect(await shop.sql`select seq::int from point_log where user_id = ${early!}`).toEqual([
    { seq: 1 },
  ]);
});

test("an entry that is in the log already holds up nobody and is not written again", async () => {
  await using shop = await openTestShop();
  const [one, other] = (await addUsers(shop, 2)) as [string, string];
  await run(shop, charge(one, 1_000));
  await relayAll(shop.transactions);
  const before = await logged(shop);
  await shop.sql`insert into outbox select * from point_log`;
  const next = await run(shop, charge(other, 2_000));
  expect(await relayAll(shop.transactions)).toBe(2);
  const after = await logged(shop);
  expect(after.filter((row) => row["operation_id"] !== next)).toEqual([...before]);
  expect(after).toHaveLength(2);
});

test("an entry comes into the log as it was, to the millisecond and the won", async () => {
  await using shop = await openTestShop();
  const userId = await addUser(shop);
  const productId = await addProduct(shop, { price: 1_250 });
  const at = "2026-11-22T12:00:00.123Z";
  const chargeId = await run(shop, charge(userId, 10_000), at);
  const orderId = await run(shop, order(userId, [{ productId, quantity: 2 }]), at);
  await relayAll(shop.transactions);
  expect(
    await shop.sql`
      select operation_id, seq::int, type, amount::int, balance_after::int, created_at
      from point_log where user_id = ${userId} order by seq`,
  ).toEqual([
    {
      operation_id: chargeId,
      seq: 1,
      type: "CHARGE",
      amount: 10_000,
      balance_after: 10_000,
      created_at: new Date(at),
    },
    {
      operation_id: orderId,
      seq: 2,
      type: "USE",
      amount: 2_500,
      balance_after: 7_500,
      created_at: new Date(at),
    },
  ]);
});

test("the lag is how many wait and for how long the oldest has", async () => {
  await using shop = await openTestShop();
  expect(await outboxLag(shop.db)).toEqual({ waiting: 0, oldestMs: 0 });
  const [first, second] = await addUsers(shop, 2);
  const [clock] = await shop.sql<{ at: Date }[]>`select now() - interval '10 s' as at`;
  await run(shop, charge(first!, 1_000), clock!.at.toISOString());
  await run(shop, charge(second!, 1_000));
  const { waiting: entries, oldestMs } = await outboxLag(shop.db);
  expect(entries).toBe(2);
  expect(oldestMs).toBeGreaterThanOrEqual(10_000);
  expect(oldestMs).toBeLessThan(40_000);
  await relayAll(shop.transactions);
  expect(await outboxLag(shop.db)).toEqual({ waiting: 0, oldestMs: 0 });
});

test("a clock that is a little ahead makes no negative lag", async () => {
  await using shop = await openTestShop();
  const [clock] = await shop.sql<{ at: Date }[]>`select now() + interval '1 minute' as at`;
  await run(shop, charge(await addUser(shop), 1_000), clock!.at.toISOString());
  expect(await outboxLag(shop.db)).toEqual({ waiting: 1, oldestMs: 0 });
});
