import type { Order } from "@stampede/core/order/schema";
import type { Page } from "@stampede/core/page";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addCampaign,
  addProduct,
  addUser,
  addUsers,
  charge,
  claim,
  openTestShop,
  order,
  run,
  runGroup,
  type TestShop,
} from "../testing/shop.ts";
import { listAllOrders, listOrders, readOrder } from "./orders.ts";

let shop: TestShop;
let tea: string;
let cups: string;
beforeAll(async () => {
  shop = await openTestShop();
  const made = [await addProduct(shop), await addProduct(shop, { name: "Cups", price: 700 })];
  [tea, cups] = made.sort() as [string, string];
});
afterAll(() => shop[Symbol.asyncDispose]());

/** Somebody with enough for some orders. */
const aBuyer = async () => {
  const userId = await addUser(shop);
  await run(shop, charge(userId, 1_000_000));
  return userId;
};

const oneTea = () => [{ productId: tea, quantity: 1 }];

/** All pages, one after the other; `between` happens after each. */
const pagesOf = async (
  userId: string,
  limit: number,
  between: (page: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<Order[][]> => {
  const pages: Order[][] = [];
  for (let cursor: string | undefined; ; ) {
    const input = { limit, ...(cursor && { cursor }) };
    const page: Page<Order> = await listOrders(shop.db, userId, input);
    pages.push(page.items);
    await between(pages.length);
    if (page.nextCursor === null) return pages;
    cursor = page.nextCursor;
  }
};

test("an order has its lines as they were sold, whatever became of the product", async () => {
  const userId = await aBuyer();
  const campaign = await addCampaign(shop, { amount: 500 });
  const issuedCouponId = await run(shop, claim(userId, campaign));
  const items = [
    { productId: cups, quantity: 2 },
    { productId: tea, quantity: 1 },
  ];
  const at = "2026-11-22T12:00:00.123Z";
  const wanted = order(userId, items, { issuedCouponId });
  const orderId = await run(shop, wanted);
  await shop.sql`update orders set paid_at = ${at} where order_id = ${orderId}`;
  const before = await shop.sql`select product_id, name, price::int from products`;
  await shop.sql`update products set name = 'Renamed', price = 1`;

  const lines = [tea, cups].map((productId) => {
    const product = before.find((row) => row["product_id"] === productId)!;
    const quantity = productId === tea ? 1 : 2;
    return { productId, name: product["name"], unitPrice: product["price"], quantity };
  });
  const totalAmount = lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
  const expected = {
    orderId,
    totalAmount,
    discountAmount: 500,
    paidAmount: totalAmount - 500,
    paidAt: at,
    lines,
  };
  expect(await readOrder(shop.db, userId, orderId)).toEqual(expected);
  expect(await listOrders(shop.db, userId, { limit: 1 })).toEqual({
    items: [expected],
    nextCursor: null,
  });
  for (const row of before)
    await shop.sql`
      update products set name = ${row["name"]}, price = ${row["price"]}
      where product_id = ${row["product_id"]}`;
});

test("somebody else's order is as unknown as one that does not exist", async () => {
  const [owner, other] = [await aBuyer(), await aBuyer()];
  const orderId = await run(shop, order(owner, oneTea()));
  expect(await readOrder(shop.db, owner, orderId)).toMatchObject({ orderId });
  expect(await readOrder(shop.db, other, orderId)).toBeUndefined();
  for (const unknown of [newId(), "", "1", "'; drop table orders; --", "\u0000", `${orderId}\n`])
    expect(await readOrder(shop.db, owner, unknown)).toBeUndefined();
  expect(await listOrders(shop.db, other, { limit: 20 })).toEqual({ items: [], nextCursor: null });
});

test("the newest order comes first", async () => {
  const userId = await aBuyer();
  const ids = [];
  for (const hour of ["10", "08", "09"])
    ids.push(await run(shop, order(userId, oneTea()), `2026-11-22T${hour}:00:00.000Z`));
  const { items } = await listOrders(shop.db, userId, { limit: 20 });
  expect(items.map(({ orderId }) => orderId)).toEqual([ids[0], ids[2], ids[1]]);
});

test("pages of orders of one millisecond have no order twice and none missing", async () => {
  const userId = await aBuyer();
  const at = "2026-11-22T12:00:00.500Z";
  const group = Array.from({ length: 25 }, () => order(userId, oneTea()));
  const answers = await runGroup(shop, group, at);
  const ids = answers.map((answer) => (answer.ok ? answer.operationId : ""));
  for (const limit of [1, 7, 24, 25, 26, 100]) {
    const pages = await pagesOf(userId, limit);
    expect(pages.flat().map(({ orderId }) => orderId)).toEqual([...ids].sort().reverse());
    expect(pages).toHaveLength(Math.ceil(25 / limit));
    expect(pages.at(-1)!.length).toBeGreaterThan(0);
  }
});

test("while new orders come in, who turns the pages sees each earlier order once", async () => {
  const userId = await aBuyer();
  const ids: string[] = [];
  for (let made = 0; made < 12; made++) ids.push(await run(shop, order(userId, oneTea())));
  const pages = await pagesOf(userId, 5, () => run(shop, order(userId, oneTea())));
  expect(pages.flat().map(({ orderId }) => orderId)).toEqual([...ids].reverse());
});

test("a page that is exactly full has no page after it", async () => {
  const userId = await aBuyer();
  await run(shop, order(userId, oneTea()));
  await run(shop, order(userId, oneTea()));
  expect((await listOrders(shop.db, userId, { limit: 2 })).nextCursor).toBeNull();
  expect((await listOrders(shop.db, userId, { limit: 1 })).nextCursor).not.toBeNull();
});

test("orders of everyone are told with whose they are, newest first, page by page", async () => {
  const [first, second] = (await addUsers(shop, 2)) as [string, string];
  for (const userId of [first, second]) await run(shop, charge(userId, 10_000));
  // Later than everything else in this shop.
  const at = (second: number) => `2999-01-01T00:00:0${second}.000Z`;
  const one = await run(shop, order(first, oneTea()), at(1));
  const two = await run(shop, order(second, oneTea()), at(2));
  const three = await run(shop, order(first, oneTea()), at(3));
  const page = await listAllOrders(shop.db, { limit: 2 });
  expect(page.items.map(({ orderId, userId }) => [orderId, userId])).toEqual([
    [three, first],
    [two, second],
  ]);
  const next = await listAllOrders(shop.db, { limit: 2, cursor: page.nextCursor! });
  expect(next.items[0]).toMatchObject({ orderId: one, userId: first, lines: [{ quantity: 1 }] });
});

test("a shopper's orders do not tell whose they are", async () => {
  const userId = await aBuyer();
  const orderId = await run(shop, order(userId, oneTea()));
  const keys = ["orderId", "totalAmount", "discountAmount", "paidAmount", "paidAt", "lines"];
  expect(Object.keys((await readOrder(shop.db, userId, orderId))!).sort()).toEqual(keys.sort());
});
