import type { OrderRow, PointEntryRow, StockEntryRow } from "@stampede/core/decision";
import { eq, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyWrites, type GroupWrites } from "./apply.ts";
import { violatedConstraint } from "./errors.ts";
import type { IdempotencyRow } from "./idempotency.ts";
import { lockRows } from "./lock.ts";
import { couponCampaigns, issuedCoupons } from "./schema/coupons.ts";
import { idempotencyKeys } from "./schema/idempotency.ts";
import { orderLines, orders } from "./schema/orders.ts";
import { products, stockEntries } from "./schema/products.ts";
import { outbox, wallets } from "./schema/wallets.ts";
import { addCampaign, addProduct, addUser, openTestShop, type TestShop } from "./testing/shop.ts";

const at = "2026-11-22T12:00:00.123Z";
/** The largest amount an order can have: 50 lines of 1,000 pieces at the dearest price. */
const amountMax = 50_000_000_000_000;

let shop: TestShop;
let userId: string;
let productId: string;
let couponId: string;

beforeAll(async () => {
  shop = await openTestShop();
  userId = await addUser(shop);
  productId = await addProduct(shop);
  couponId = await addCampaign(shop);
});
afterAll(() => shop[Symbol.asyncDispose]());

const apply = (writes: GroupWrites) => shop.transactions.run((tx) => applyWrites(tx, writes));

const anOrder = (over: Partial<OrderRow> = {}): OrderRow => ({
  orderId: newId(),
  userId,
  totalAmount: 5_000,
  discountAmount: 0,
  paidAmount: 5_000,
  issuedCouponId: null,
  paidAt: at,
  ...over,
});
const anEntry = (over: Partial<PointEntryRow> = {}): PointEntryRow => ({
  operationId: newId(),
  userId,
  seq: 1,
  type: "CHARGE",
  amount: 5_000,
  balanceAfter: 5_000,
  createdAt: at,
  ...over,
});
const aStockEntry = (over: Partial<StockEntryRow> = {}): StockEntryRow => ({
  operationId: newId(),
  productId,
  reason: "RESTOCK",
  quantity: 5,
  createdAt: at,
  ...over,
});

const rowsOf = (table: PgTable, where: ReturnType<typeof eq>) =>
  shop.db.select().from(table).where(where);

test("wallets: the balance and the count of a locked wallet, and of no other", async () => {
  const bystander = await addUser(shop);
  await apply({ wallets: [{ userId, balance: 1_000_000_000, seq: 7 }] });
  expect(await rowsOf(wallets, eq(wallets.userId, userId))).toEqual([
    { userId, balance: 1_000_000_000, seq: 7 },
  ]);
  expect(await rowsOf(wallets, eq(wallets.userId, bystander))).toEqual([
    { userId: bystander, balance: 0, seq: 0 },
  ]);
});

test("products: the stock and nothing else: a sale undoes no change of the price", async () => {
  const id = await addProduct(shop, { name: "Tea", price: 900, stock: 10 });
  const rows = await shop.transactions.run((tx) => lockRows(tx, { products: [id] }));
  await shop.sql`update products set price = 1200, name = 'Finer tea' where product_id = ${id}`;
  await apply({ products: [{ ...rows.products.get(id)!, stock: 8 }] });
  expect(await rowsOf(products, eq(products.productId, id))).toMatchObject([
    { name: "Finer tea", price: 1_200, stock: 8 },
  ]);
});

test("campaigns: how many are issued, and nothing of the terms", async () => {
  const id = await addCampaign(shop, { totalQuantity: 10 });
  const rows = await shop.transactions.run((tx) => lockRows(tx, { campaigns: [id] }));
  const before = await rowsOf(couponCampaigns, eq(couponCampaigns.couponId, id));
  const changed = { ...rows.campaigns.get(id)!, totalQuantity: 9, name: "Other" };
  await apply({ campaigns: [{ ...changed, issuedQuantity: 4 }] });
  expect(await rowsOf(couponCampaigns, eq(couponCampaigns.couponId, id))).toEqual([
    { ...before[0], issuedQuantity: 4 },
  ]);
});

test("newCoupons are issued; usedCoupons get the order they name, and nothing else", async () => {
  const owner = await addUser(shop);
  const issued = {
    issuedCouponId: newId(),
    couponId,
    userId: owner,
    sequence: 3,
    issuedAt: at,
    orderId: null,
  };
  const stored = () => rowsOf(issuedCoupons, eq(issuedCoupons.userId, owner));
  await apply({ newCoupons: [issued] });
  expect(await stored()).toEqual([issued]);

  const orderId = newId();
  await apply({ usedCoupons: [{ ...issued, sequence: 99, userId, orderId }] });
  expect(await stored()).toEqual([{ ...issued, orderId }]);
});

test("newOrders and newOrderLines: an order with its lines, however dear", async () => {
  const dear = anOrder({ totalAmount: amountMax, paidAmount: 0, discountAmount: amountMax });
  const line = {
    orderId: dear.orderId,
    productId,
    name: `"Tea", 'green' \\ {1,2} \t\n 🧶 ${"x".repeat(150)}`,
    unitPrice: 1_000_000_000,
    quantity: 50_000,
  };
  await apply({ newOrders: [dear], newOrderLines: [line] });
  expect(await rowsOf(orders, eq(orders.orderId, dear.orderId))).toEqual([dear]);
  expect(await rowsOf(orderLines, eq(orderLines.orderId, dear.orderId))).toEqual([line]);
});

test("newOrders: an order remembers the coupon that it used", async () => {
  const owner = await addUser(shop);
  const coupon = { couponId, userId: owner, sequence: 4, issuedAt: at, orderId: null };
  const issuedCouponId = newId();
  const order = anOrder({ userId: owner, issuedCouponId });
  await apply({ newCoupons: [{ ...coupon, issuedCouponId }], newOrders: [order] });
  expect(await rowsOf(orders, eq(orders.orderId, order.orderId))).toEqual([order]);
});

test("newStockEntries: what was put in", async () => {
  const entry = aStockEntry();
  await apply({ newStockEntries: [entry] });
  expect(await rowsOf(stockEntries, eq(stockEntries.operationId, entry.operationId))).toEqual([
    entry,
  ]);
});

test("newPointEntries wait in the outbox", async () => {
  const entries = [anEntry({ seq: 1 }), anEntry({ seq: 2, type: "USE", amount: 0 })];
  await apply({ newPointEntries: entries });
  expect(await shop.db.select().from(outbox).orderBy(outbox.seq)).toEqual(entries);
});

test("idempotencyKeys are bound, the reply character for character", async () => {
  const key: IdempotencyRow = {
    userId,
    procedure: "order.place",
    key: "click-0001",
    fingerprint: "abc",
    operationId: newId(),
    reply: '{"b":1, "a":"\\u00e9 🧶"}',
    createdAt: at,
    requestId: "request-0001",
    address: "192.0.2.1",
  };
  await apply({ idempotencyKeys: [key] });
  expect(await rowsOf(idempotencyKeys, eq(idempotencyKeys.userId, userId))).toEqual([key]);
});

test("a set of a thousand rows is written as one row is", async () => {
  const entries = Array.from({ length: 1_000 }, (_, index) => aStockEntry({ quantity: index }));
  await apply({ newStockEntries: entries });
  const [row] = await shop.sql`
    select count(*)::int as rows, sum(quantity)::int as quantity from stock_entries
    where operation_id = any(${entries.map(({ operationId }) => operationId)}::uuid[])`;
  expect(row).toEqual({ rows: 1_000, quantity: (999 * 1_000) / 2 });
});

test("nothing to write, nothing asked of the database", async () => {
  let asked = 0;
  const tx = { execute: () => Promise.resolve(asked++) };
  await applyWrites(tx as never, {});
  await applyWrites(tx as never, { wallets: [], newOrders: [] });
  expect(asked).toBe(0);
});

test("everything a group writes is one statement, and by itself all or nothing", async () => {
  const buyer = await addUser(shop);
  const id = await addProduct(shop, { stock: 10 });
  const row = { productId: id, name: "", description: "", price: 0, imageUrl: null };
  const order = anOrder({ userId: buyer });
  const lines = [
    { orderId: order.orderId, productId: id, name: "Tea", unitPrice: 5_000, quantity: 1 },
  ];
  const writes: GroupWrites = {
    wallets: [{ userId: buyer, balance: 1, seq: 1 }],
    products: [{ ...row, stock: 9 }],
    newOrders: [order],
    newOrderLines: lines,
    newPointEntries: [anEntry({ userId: buyer })],
    newStockEntries: [aStockEntry({ productId: id })],
  };
  const wrong: Record<string, GroupWrites> = {
    wallets_balance_within_limit: { ...writes, wallets: [{ userId: buyer, balance: -1, seq: 1 }] },
    products_stock_not_negative: { ...writes, products: [{ ...row, stock: -1 }] },
    order_lines_pkey: { ...writes, newOrderLines: [...lines, ...lines] },
    outbox_pkey: {
      ...writes,
      newPointEntries: [anEntry({ userId: buyer }), anEntry({ userId: buyer })],
    },
  };
  // In autocommit, as a statement would be that has strayed out of its transaction.
  for (const [constraint, broken] of Object.entries(wrong)) {
    const error = await applyWrites(shop.db as never, broken).catch((thrown: unknown) => thrown);
    expect(violatedConstraint(error)).toBe(constraint);
  }
  const left = async () => [
    await rowsOf(wallets, eq(wallets.userId, buyer)),
    await shop.sql`select stock::int from products where product_id = ${id}`,
    await rowsOf(orders, eq(orders.userId, buyer)),
    await rowsOf(orderLines, eq(orderLines.productId, id)),
    await rowsOf(outbox, eq(outbox.userId, buyer)),
    await shop.sql`
      select quantity::int from stock_entries where product_id = ${id} and reason = 'RESTOCK'`,
  ];
  const untouched = [[{ userId: buyer, balance: 0, seq: 0 }], [{ stock: 10 }], [], [], [], []];
  expect(await left()).toEqual(untouched);

  await applyWrites(shop.db as never, writes);
  expect((await left()).map((rows) => rows.length)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(await left()).not.toEqual(untouched);
});

test("the text of the statement does not depend on how many rows it writes", async () => {
  const textOf = async (count: number) => {
    const newStockEntries = Array.from({ length: count }, () => aStockEntry());
    let text = "";
    const prepareQuery = (query: { readonly sql: string }) => {
      text = query.sql;
      return { execute: async () => [] };
    };
    await applyWrites({ _: { session: { prepareQuery } } } as never, { newStockEntries });
    return text;
  };
  expect(await textOf(1)).toContain("stock_entries");
  expect(await textOf(500)).toBe(await textOf(1));
});

test("text that looks like SQL is text", async () => {
  const key = `'); delete from wallets; --`;
  const row = { userId, procedure: key, key, fingerprint: key, reply: key };
  await apply({ idempotencyKeys: [{ ...row, operationId: newId(), createdAt: at }] });
  const [stored] = await shop.db.execute(sql`
    select procedure, key, fingerprint, reply from idempotency_keys where key = ${key}`);
  expect(stored).toEqual({ procedure: key, key, fingerprint: key, reply: key });
});
