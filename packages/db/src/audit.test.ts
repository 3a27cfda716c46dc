import postgres, { type TransactionSql } from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { runAudit } from "./audit.ts";
import { invariants } from "./invariants.ts";
import { relayOutbox } from "./outbox.ts";
import { createTestDatabase } from "./testing/database.ts";
import { promised } from "./testing/promised.ts";
import { cloneDatabase, type TestDatabase } from "./testing/server.ts";
import {
  addCampaign,
  addProduct,
  addUsers,
  charge,
  claim,
  openShopAt,
  order,
  restock,
  run,
  until,
  type TestShop,
} from "./testing/shop.ts";

/** The ids of everything in the shop below, by what it is. */
interface Books {
  readonly ada: string;
  readonly bob: string;
  /** Registered, and nothing else. */
  readonly eve: string;
  readonly tea: string;
  readonly cups: string;
  readonly campaign: string;
  readonly adasCoupon: string;
  readonly bobsCoupon: string;
  readonly adasCharge: string;
  readonly bobsCharge: string;
  /** Two pieces of tea and a coupon: 1,500 KRW; logged and counted. */
  readonly adasOrder: string;
  /** One tea and one cup: 1,700 KRW; still waits in the outbox. */
  readonly bobsOrder: string;
  readonly restocked: string;
}

/** A shop in which everything has happened once, some of it logged, some of it waiting. */
const fillBooks = async (shop: TestShop): Promise<Books> => {
  const [ada, bob, eve] = (await addUsers(shop, 3)) as [string, string, string];
  const tea = await addProduct(shop, { price: 1_000, stock: 10 });
  const cups = await addProduct(shop, { price: 700, stock: 10 });
  const campaign = await addCampaign(shop, { amount: 500 });
  const adasCharge = await run(shop, charge(ada, 10_000));
  const bobsCharge = await run(shop, charge(bob, 5_000));
  const adasCoupon = await run(shop, claim(ada, campaign));
  const bobsCoupon = await run(shop, claim(bob, campaign));
  const twoTea = [{ productId: tea, quantity: 2 }];
  const adasOrder = await run(shop, order(ada, twoTea, { issuedCouponId: adasCoupon }));
  const restocked = await run(shop, restock(eve, tea, 5));
  await shop.transactions.run(relayOutbox);
  const bobsItems = [tea, cups].map((productId) => ({ productId, quantity: 1 }));
  const bobsOrder = await run(shop, order(bob, bobsItems));
  return {
    ada,
    bob,
    eve,
    tea,
    cups,
    campaign,
    adasCharge,
    bobsCharge,
    adasCoupon,
    bobsCoupon,
    adasOrder,
    bobsOrder,
    restocked,
  };
};

/** The books in a database that nobody is in, so that copies of it can be made. */
let original: TestDatabase;
let books: Books;
beforeAll(async () => {
  original = await createTestDatabase();
  await using shop = openShopAt(original.url);
  books = await fillBooks(shop);
});
afterAll(() => original[Symbol.asyncDispose]());

const copyBooks = () => cloneDatabase({ ...inject("testServer"), template: original.name });

/** Does something to a copy of the books, past triggers and foreign keys, and audits the copy. */
const auditAfter = async (plant: (sql: TransactionSql) => PromiseLike<unknown>) => {
  await using copy = await copyBooks();
  const sql = postgres(copy.url, { max: 1, onnotice: () => {} });
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await plant(tx);
  });
  await sql.end();
  return await runAudit(copy.url);
};

type Name = keyof typeof invariants;

const wallets: Name = "every user has exactly one wallet";
const balances: Name = "a wallet's balance is the sum of its log and of what waits in the outbox";
const chains: Name = "log entries follow each other without a gap, each with the balance it left";
const doubles: Name = "no entry is both logged and waiting";
const stocks: Name = "stock left and stock sold are what was put in";
const campaigns: Name =
  "a campaign has issued as many coupons as it says, and no more than its total";
const sequences: Name = "the sequences of a campaign have no gap and no double, one coupon a user";
const used: Name = "a used coupon is in exactly one order, its owner's";
const totals: Name =
  "an order's total is the sum of its lines, and what was paid is the total less the discount";
const paid: Name =
  "every order has exactly one entry of the points it used, and every such entry its order";
const keys: Name = "every idempotency key has its effect and its answer, and every effect its key";
const popularity: Name =
  "the popularity counts are the orders since the window's start that have left the outbox";

test("a healthy shop passes, and every check has looked at something", async () => {
  await using copy = await copyBooks();
  const before = Date.now();
  const { ok, checkedAt, checks } = await runAudit(copy.url);
  expect(ok).toBe(true);
  expect(Date.parse(checkedAt)).toBeGreaterThanOrEqual(before - 1_000);
  expect(Object.fromEntries(checks.map(({ name, checked }) => [name, checked]))).toEqual({
    [wallets]: 3,
    [balances]: 3,
    [chains]: 4,
    [doubles]: 1,
    [stocks]: 2,
    [campaigns]: 1,
    [sequences]: 2,
    [used]: 1,
    [totals]: 2,
    [paid]: 2,
    [keys]: 7,
    [popularity]: 1,
  });
  expect(checks.every(({ ok, violations }) => ok && violations.length === 0)).toBe(true);
});

test("an empty shop passes", async () => {
  await using database = await createTestDatabase();
  expect(await runAudit(database.url)).toMatchObject({ ok: true });
});

interface Plant {
  /** What was done to the books. */
  readonly mistake: string;
  readonly plant: (sql: TransactionSql) => PromiseLike<unknown>;
  /** The check that names it, and the rows it shows. */
  readonly check: Name;
  readonly shows: () => readonly object[];
}

const plants: readonly Plant[] = [
  {
    mistake: "a user without a wallet",
    plant: (sql) => sql`delete from wallets where user_id = ${books.eve}`,
    check: wallets,
    shows: () => [{ userId: books.eve }],
  },
  {
    mistake: "a wallet without a user",
    plant: (sql) => sql`delete from users where id = ${books.eve}`,
    check: wallets,
    shows: () => [{ userId: books.eve }],
  },
  {
    mistake: "a won out of nothing",
    plant: (sql) => sql`update wallets set balance = balance + 1 where user_id = ${books.ada}`,
    check: balances,
    shows: () => [{ userId: books.ada, balance: 8_501, logged: 8_500, seq: 2, entries: 2 }],
  },
  {
    mistake: "a waiting entry that was lost",
    plant: (sql) => sql`delete from outbox`,
    check: balances,
    shows: () => [{ userId: books.bob, balance: 3_300, logged: 5_000, seq: 2, entries: 1 }],
  },
  {
    mistake: "a logged entry that was lost",
    plant: (sql) => sql`delete from point_log where operation_id = ${books.adasCharge}`,
    check: balances,
    shows: () => [{ userId: books.ada, balance: 8_500, logged: -1_500, seq: 2, entries: 1 }],
  },
  {
    mistake: "a count of entries that is wrong",
    plant: (sql) => sql`update wallets set seq = 3 where user_id = ${books.ada}`,
    check: balances,
    shows: () => [{ userId: books.ada, balance: 8_500, logged: 8_500, seq: 3, entries: 2 }],
  },
  {
    mistake: "entries of a wallet that is not there",
    plant: (sql) => sql`delete from wallets where user_id = ${books.bob}`,
    check: balances,
    shows: () => [{ userId: books.bob, balance: null, logged: 3_300 }],
  },
  {
    mistake: "a gap in a wallet's entries",
    plant: (sql) => sql`update outbox set seq = 3`,
    check: chains,
    shows: () => [{ userId: books.bob, entryId: books.bobsOrder, seq: 3 }],
  },
  {
    mistake: "an entry that tells another balance than the one it left",
    plant: (sql) => sql`
      update point_log set balance_after = 9999 where operation_id = ${books.adasCharge}`,
    check: chains,
    // The entry itself, and the one after it, which no longer follows from it.
    shows: () => [
      { userId: books.ada, entryId: books.adasCharge, seq: 1 },
      { userId: books.ada, entryId: books.adasOrder, seq: 2 },
    ],
  },
  {
    mistake: "an entry that was logged and left in the outbox",
    plant: (sql) => sql`
      insert into outbox select * from point_log where operation_id = ${books.adasOrder}`,
    check: doubles,
    shows: () => [{ entryId: books.adasOrder, userId: books.ada }],
  },
  {
    mistake: "a piece of stock out of nothing",
    plant: (sql) => sql`update products set stock = stock + 1 where product_id = ${books.tea}`,
    check: stocks,
    shows: () => [{ productId: books.tea, stock: 13, sold: 3, putIn: 15 }],
  },
  {
    mistake: "a sale that took no stock",
    plant: (sql) => sql`update products set stock = 10 where product_id = ${books.cups}`,
    check: stocks,
    shows: () => [{ productId: books.cups, stock: 10, sold: 1, putIn: 10 }],
  },
  {
    mistake: "a restock that is not in the books",
    plant: (sql) => sql`delete from stock_entries where operation_id = ${books.restocked}`,
    check: stocks,
    shows: () => [{ productId: books.tea, stock: 12, sold: 3, putIn: 10 }],
  },
  {
    mistake: "a campaign that counts a coupon too many",
    plant: (sql) => sql`update coupon_campaigns set issued_quantity = 3`,
    check: campaigns,
    shows: () => [
      { couponId: books.campaign, issuedQuantity: 3, totalQuantity: 100, coupons: 2 },
    ],
  },
  {
    mistake: "a coupon too many for the total",
    plant: async (sql) => {
      await sql`
        alter table coupon_campaigns drop constraint coupon_campaigns_issued_within_total`;
      await sql`update coupon_campaigns set total_quantity = 1`;
    },
    check: campaigns,
    shows: () => [{ couponId: books.campaign, issuedQuantity: 2, totalQuantity: 1, coupons: 2 }],
  },
  {
    mistake: "a coupon that vanished",
    plant: (sql) => sql`
      delete from issued_coupons where issued_coupon_id = ${books.bobsCoupon}`,
    check: campaigns,
    shows: () => [
      { couponId: books.campaign, issuedQuantity: 2, totalQuantity: 100, coupons: 1 },
    ],
  },
  {
    mistake: "a gap in the sequence of a campaign",
    plant: (sql) => sql`
      update issued_coupons set sequence = 3 where issued_coupon_id = ${books.bobsCoupon}`,
    check: sequences,
    shows: () => [
      { couponId: books.campaign, issuedCouponId: books.bobsCoupon, sequence: 3 },
    ],
  },
  {
    mistake: "two coupons of one campaign in one hand",
    plant: async (sql) => {
      await sql`alter table issued_coupons drop constraint issued_coupons_one_per_user`;
      await sql`update issued_coupons set user_id = ${books.ada}`;
    },
    check: sequences,
    shows: () => [
      { couponId: books.campaign, issuedCouponId: books.adasCoupon, sequence: 1 },
      { couponId: books.campaign, issuedCouponId: books.bobsCoupon, sequence: 2 },
    ],
  },
  {
    mistake: "a coupon that an order used and that is still good",
    plant: (sql) => sql`update issued_coupons set order_id = null`,
    check: used,
    shows: () => [{ issuedCouponId: null, usedBy: null, orderId: books.adasOrder }],
  },
  {
    mistake: "a coupon that is used up by no order",
    plant: (sql) => sql`
      update issued_coupons set order_id = ${books.bobsOrder}
      where issued_coupon_id = ${books.bobsCoupon}`,
    check: used,
    shows: () => [{ issuedCouponId: books.bobsCoupon, usedBy: books.bobsOrder, orderId: null }],
  },
  {
    mistake: "a coupon that somebody else's order used",
    plant: (sql) => sql`
      update issued_coupons set user_id = ${books.eve}
      where issued_coupon_id = ${books.adasCoupon}`,
    check: used,
    shows: () => [
      { issuedCouponId: books.adasCoupon, usedBy: books.adasOrder, orderId: null },
      { issuedCouponId: null, usedBy: null, orderId: books.adasOrder },
    ],
  },
  {
    mistake: "a line that costs more than its order",
    plant: (sql) => sql`
      update order_lines set unit_price = 1001 where order_id = ${books.adasOrder}`,
    check: totals,
    shows: () => [
      {
        orderId: books.adasOrder,
        totalAmount: 2_000,
        discountAmount: 500,
        paidAmount: 1_500,
        lines: 2_002,
      },
    ],
  },
  {
    mistake: "an order without lines",
    plant: (sql) => sql`delete from order_lines where order_id = ${books.bobsOrder}`,
    check: totals,
    shows: () => [{ orderId: books.bobsOrder, totalAmount: 1_700, lines: 0 }],
  },
  {
    mistake: "an order that was paid less than its total less its discount",
    plant: async (sql) => {
      await sql`alter table orders drop constraint orders_amounts_add_up`;
      await sql`update orders set paid_amount = 1 where order_id = ${books.bobsOrder}`;
    },
    check: totals,
    shows: () => [
      { orderId: books.bobsOrder, totalAmount: 1_700, discountAmount: 0, paidAmount: 1 },
    ],
  },
  {
    mistake: "a discount without a coupon",
    plant: (sql) => sql`
      update orders set discount_amount = 100, paid_amount = 1600
      where order_id = ${books.bobsOrder}`,
    check: totals,
    shows: () => [
      { orderId: books.bobsOrder, totalAmount: 1_700, discountAmount: 100, paidAmount: 1_600 },
    ],
  },
  {
    mistake: "an order that left no entry",
    plant: (sql) => sql`delete from point_log where operation_id = ${books.adasOrder}`,
    check: paid,
    shows: () => [{ orderId: books.adasOrder, paidAmount: 1_500, logged: null }],
  },
  {
    mistake: "an entry of an order that is not there",
    plant: (sql) => sql`delete from orders where order_id = ${books.bobsOrder}`,
    check: paid,
    shows: () => [{ orderId: books.bobsOrder, paidAmount: null, logged: 1_700 }],
  },
  {
    mistake: "an order that took another amount than it says",
    plant: (sql) => sql`update outbox set amount = 1600, balance_after = 3400`,
    check: paid,
    shows: () => [{ orderId: books.bobsOrder, paidAmount: 1_700, logged: 1_600 }],
  },
  {
    mistake: "an order that took the points of somebody else",
    plant: (sql) => sql`update outbox set user_id = ${books.eve}`,
    check: paid,
    shows: () => [{ orderId: books.bobsOrder, paidAmount: 1_700, logged: 1_700 }],
  },
  ...(["wallet.charge", "order.place", "coupon.claim", "admin.product.restock"] as const).map(
    (procedure): Plant => {
      const operationId = () =>
        ({
          "wallet.charge": books.bobsCharge,
          "order.place": books.bobsOrder,
          "coupon.claim": books.bobsCoupon,
          "admin.product.restock": books.restocked,
        })[procedure];
      return {
        mistake: `an effect of ${procedure} without its key`,
        plant: (sql) => sql`delete from idempotency_keys where operation_id = ${operationId()}`,
        check: keys,
        shows: () => [{ procedure, userId: null, key: null, operationId: operationId() }],
      };
    },
  ),
  {
    mistake: "a key without its effect",
    plant: (sql) => sql`
      insert into idempotency_keys values
        (${books.eve}, 'wallet.charge', 'click-0001', '', ${books.tea}, '{}', now())`,
    check: keys,
    shows: () => [
      {
        procedure: "wallet.charge",
        userId: books.eve,
        key: "click-0001",
        operationId: books.tea,
      },
    ],
  },
  {
    mistake: "one effect under two keys, of which one tells another answer",
    plant: (sql) => sql`
      insert into idempotency_keys
      select user_id, procedure, 'click-0002', '', operation_id, '{"balance": 1}', created_at
      from idempotency_keys where operation_id = ${books.bobsCharge}`,
    check: keys,
    shows: () => [
      {
        procedure: "wallet.charge",
        userId: books.bob,
        key: "click-0002",
        operationId: books.bobsCharge,
      },
    ],
  },
  {
    mistake: "an answer that tells another amount than was paid",
    plant: (sql) => sql`
      update idempotency_keys set reply = replace(reply, '1700', '1699')
      where operation_id = ${books.bobsOrder}`,
    check: keys,
    shows: () => [{ procedure: "order.place", operationId: books.bobsOrder }],
  },
  {
    mistake: "a coupon that was answered with another number",
    plant: (sql) => sql`
      update idempotency_keys set reply = replace(reply, '"sequence":2', '"sequence":1')
      where operation_id = ${books.bobsCoupon}`,
    check: keys,
    shows: () => [{ procedure: "coupon.claim", operationId: books.bobsCoupon }],
  },
  {
    mistake: "an order that is counted twice",
    plant: (sql) => sql`update product_popularity set order_count = 2`,
    check: popularity,
    shows: () => [{ productId: books.tea, counted: 2, orders: 1 }],
  },
  {
    mistake: "an order that is not counted",
    plant: (sql) => sql`delete from product_popularity`,
    check: popularity,
    shows: () => [{ productId: books.tea, counted: 0, orders: 1 }],
  },
  {
    mistake: "a count of an order that still waits",
    plant: (sql) => sql`
      insert into product_popularity values (${books.cups}, 1, now())`,
    check: popularity,
    shows: () => [{ productId: books.cups, counted: 1, orders: 0 }],
  },
];

test("every check there is has a mistake here that it names", () => {
  expect([...new Set(plants.map(({ check }) => check))].sort()).toEqual(
    Object.keys(invariants).sort(),
  );
});

const named = plants.map((plant) => [plant.mistake, plant] as const);
test.each(named)("%s is named, with the ids that show it", async (_mistake, planted) => {
  const audit = await auditAfter(planted.plant);
  expect(audit.ok).toBe(false);
  const check = audit.checks.find(({ name }) => name === planted.check)!;
  expect(check.ok).toBe(false);
  const inOrder = (rows: readonly object[]) =>
    [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  expect(inOrder(check.violations)).toMatchObject(planted.shows());
  expect(check.violations).toHaveLength(planted.shows().length);
});

test("a mistake that concerns everything is shown a hundred times and no more", async () => {
  const audit = await auditAfter(
    (sql) => sql`
      insert into users (id, name, email)
      select gen_random_uuid(), '', number::text from generate_series(1, 150) number`,
  );
  const check = audit.checks.find(({ name }) => name === wallets)!;
  expect(check).toMatchObject({ ok: false, checked: 153 });
  expect(check.violations).toHaveLength(100);
});

test("an audit waits for nobody: not for orders that hold every row there is", async () => {
  await using copy = await copyBooks();
  await using shop = openShopAt(copy.url);
  const held = promised();
  const done = promised();
  const holder = shop.sql.begin(async (tx) => {
    for (const table of ["wallets", "products", "coupon_campaigns", "issued_coupons", "outbox"])
      await tx`select from ${tx(table)} for update`;
    await tx`update wallets set balance = balance + 1000`;
    held.resolve();
    await done.promise;
  });
  await held.promise;
  expect(await runAudit(copy.url)).toMatchObject({ ok: true });
  done.resolve();
  await holder;
});

test("nobody waits for an audit: orders are placed in the middle of one", async () => {
  await using copy = await copyBooks();
  await using shop = openShopAt(copy.url);
  const held = promised();
  const done = promised();
  // Holds the audit up at its last check, with all that it has locked by then.
  const holder = shop.sql.begin(async (tx) => {
    await tx`lock table product_popularity in access exclusive mode`;
    held.resolve();
    await done.promise;
  });
  await held.promise;
  const audit = runAudit(copy.url);
  const locks = () => shop.sql`
    select distinct mode, granted, relation::regclass::text as relation
    from pg_locks join pg_stat_activity using (pid)
    where application_name = 'stampede audit' and locktype = 'relation'
      and pg_locks.database = (select oid from pg_database where datname = current_database())`;
  await until(async () => (await locks()).some(({ granted }) => granted === false));

  await run(shop, charge(books.eve, 5_000));
  await run(shop, claim(books.eve, books.campaign));
  await run(shop, order(books.eve, [{ productId: books.tea, quantity: 1 }]));
  await run(shop, restock(books.ada, books.tea, 1));
  const modes = new Set((await locks()).map(({ mode }) => String(mode)));
  expect([...modes]).toEqual(["AccessShareLock"]);

  done.resolve();
  await holder;
  // It tells of the moment at which it began: what was done since is in none of its checks.
  const { ok, checks } = await audit;
  expect(ok).toBe(true);
  const counted = Object.fromEntries(checks.map(({ name, checked }) => [name, checked]));
  expect([counted[chains], counted[totals], counted[keys]]).toEqual([4, 2, 7]);
});

test("an audit whose connection dies fails, and takes nothing down with it", async () => {
  await using copy = await copyBooks();
  await using shop = openShopAt(copy.url);
  // It must not be over before it is found: one of the tables it reads is locked.
  const holder = postgres(copy.url, { max: 1 });
  const held = await holder.reserve();
  await held`begin`;
  await held`lock table wallets in access exclusive mode`;
  for (let death = 0; death < 5; death++) {
    const audit = runAudit(copy.url).then(
      () => "passed",
      () => "failed",
    );
    const victim = () => shop.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'stampede audit' and datname = current_database()`;
    await until(async () => (await victim()).length > 0);
    expect(await audit).toBe("failed");
  }
  held.release();
  await holder.end({ timeout: 1 });
});

test("an audit writes nothing and leaves no connection behind", async () => {
  await using copy = await copyBooks();
  const sql = postgres(copy.url, { max: 1 });
  const backends = () => sql`
    select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  await runAudit(copy.url);
  await until(async () => (await backends()).length === 0);
  await sql.end();
});
