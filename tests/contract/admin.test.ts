import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey, type Client } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { hoursFromNow, openNow, startShop, validNow, type Shop } from "../support/shop.ts";
import { anId, anInstant } from "../support/values.ts";
import { walkPages } from "../support/walk.ts";

let shop: Shop;
let api: Client;
beforeAll(async () => {
  shop = await startShop();
  ({ api } = await shop.admin());
});
afterAll(() => shop[Symbol.asyncDispose]());

const nowhere = "00000000-0000-7000-8000-000000000000";

test("every admin procedure is FORBIDDEN to shoppers and UNAUTHENTICATED to visitors", async () => {
  const shopper = await shop.shopper();
  const { productId } = await shop.product();
  const campaign = {
    name: "Mine",
    discount: { type: "FIXED", amount: 1 } as const,
    totalQuantity: 1,
    ...openNow,
    ...validNow,
  };
  const calls: ((client: Client) => Promise<unknown>)[] = [
    ({ admin }) => admin.product.create.mutate({ name: "Mine", price: 1, stock: 1 }),
    ({ admin }) => admin.product.update.mutate({ productId, price: 1 }),
    ({ admin }) =>
      admin.product.restock.mutate({ productId, quantity: 1, idempotencyKey: newKey() }),
    ({ admin }) => admin.coupon.create.mutate(campaign),
    ({ admin }) => admin.order.list.query(),
    ({ admin }) => admin.audit.query(),
    // Who may not do it is told so before the input is looked at.
    ({ admin }) => admin.product.create.mutate({} as never),
  ];
  for (const call of calls) {
    await expectRefused(call(shopper.api), "FORBIDDEN");
    await expectRefused(call(shop.visitor), "UNAUTHENTICATED");
  }
  expect(await shop.visitor.product.byId.query({ productId })).toMatchObject({
    price: 1_000,
    stock: 100,
  });
});

test("an admin is one at once when made one, and no longer when unmade", async () => {
  const shopper = await shop.shopper();
  await expectRefused(shopper.api.admin.audit.query(), "FORBIDDEN");
  await shop.sql`update users set role = 'admin' where id = ${shopper.userId}`;
  expect((await shopper.api.admin.audit.query()).ok).toBe(true);
  await shop.sql`update users set role = 'shopper' where id = ${shopper.userId}`;
  await expectRefused(shopper.api.admin.audit.query(), "FORBIDDEN");
});

describe("admin.product.create", () => {
  test("answers the product; description and picture may be left out", async () => {
    expect(await api.admin.product.create.mutate({ name: "Lamp", price: 0, stock: 0 })).toEqual({
      productId: anId,
      name: "Lamp",
      description: "",
      price: 0,
      stock: 0,
      imageUrl: null,
    });
    const whole = {
      name: "램프 \u{1f4a1} <script>alert('x')</script>",
      description: "'; drop table products; --\n\t\"quoted\" \\ back",
      price: 1_000_000_000,
      stock: 1_000_000,
      imageUrl: "https://pictures.example/lamp.webp?size=2",
    };
    const made = await api.admin.product.create.mutate(whole);
    expect(made).toEqual({ productId: anId, ...whole });
    expect(await shop.visitor.product.byId.query({ productId: made.productId })).toEqual(made);
  });

  test.each([
    [{ name: "" }, ["name"]],
    [{ name: "   " }, ["name"]],
    [{ name: "x".repeat(201) }, ["name"]],
    [{ name: "a\u0000b" }, ["name"]],
    [{ name: "half a pair \ud83d" }, ["name"]],
    [{ name: 7 }, ["name"]],
    [{ name: undefined }, ["name"]],
    [{ description: "x".repeat(5_001) }, ["description"]],
    [{ description: "\u0000" }, ["description"]],
    [{ description: null }, ["description"]],
    [{ price: -1 }, ["price"]],
    [{ price: 1_000_000_001 }, ["price"]],
    [{ price: 9.99 }, ["price"]],
    [{ price: "1000" }, ["price"]],
    [{ price: undefined }, ["price"]],
    [{ stock: -1 }, ["stock"]],
    [{ stock: 1_000_001 }, ["stock"]],
    [{ stock: 0.5 }, ["stock"]],
    [{ imageUrl: "javascript:alert(1)" }, ["imageUrl"]],
    [{ imageUrl: "//elsewhere.example/x.png" }, ["imageUrl"]],
    [{ imageUrl: "data:image/png;base64,AAAA" }, ["imageUrl"]],
    [{ productId: nowhere }, []],
    [{ rank: 1 }, []],
  ])("refuses %j", async (wrong, path) => {
    const input = { name: "Lamp", price: 1_000, stock: 1, ...(wrong as object) };
    await expectRefused(api.admin.product.create.mutate(input), "INVALID_INPUT", {
      issues: [{ path, message: expect.any(String) }],
    });
  });
});

describe("admin.product.update", () => {
  test("changes what is sent and nothing else, never the stock", async () => {
    const made = await shop.product({ description: "Old", imageUrl: "/old.webp", stock: 9 });
    const { productId } = made;
    const update = (changes: object) => api.admin.product.update.mutate({ productId, ...changes });
    expect(await update({ price: 2_500 })).toEqual({ ...made, price: 2_500 });
    expect(await update({ name: "New" })).toEqual({ ...made, price: 2_500, name: "New" });
    expect(await update({ imageUrl: null, description: "" })).toEqual({
      ...made,
      price: 2_500,
      name: "New",
      imageUrl: null,
      description: "",
    });
    const now = await shop.visitor.product.byId.query({ productId });
    expect(await update({})).toEqual(now);
    await expectRefused(update({ stock: 5 }), "INVALID_INPUT", {
      issues: [{ path: [], message: expect.stringContaining("stock") }],
    });
    expect(await shop.visitor.product.byId.query({ productId })).toEqual(now);
  });

  test("of a product that does not exist is PRODUCT_NOT_FOUND", async () => {
    for (const productId of [nowhere, "no id"]) {
      const updating = api.admin.product.update.mutate({ productId, price: 1 });
      await expectRefused(updating, "PRODUCT_NOT_FOUND");
    }
  });
});

describe("admin.product.restock", () => {
  const restock = (productId: string, quantity: number, idempotencyKey = newKey()) =>
    api.admin.product.restock.mutate({ productId, quantity, idempotencyKey });

  test("adds to the stock once a key, and answers the product", async () => {
    const made = await shop.product({ stock: 3 });
    const key = newKey();
    expect(await restock(made.productId, 4, key)).toEqual({ ...made, stock: 7 });
    expect(await restock(made.productId, 1)).toEqual({ ...made, stock: 8 });
    expect(await restock(made.productId, 4, key)).toEqual({ ...made, stock: 7 });
    await expectRefused(restock(made.productId, 5, key), "IDEMPOTENCY_KEY_REUSED");
    expect(await shop.visitor.product.byId.query({ productId: made.productId })).toEqual({
      ...made,
      stock: 8,
    });
  });

  test("makes an order possible that the stock was too short for", async () => {
    const { productId } = await shop.product({ stock: 1 });
    const shopper = await shop.shopper(10_000);
    const order = { items: [{ productId, quantity: 2 }], idempotencyKey: newKey() };
    await expectRefused(shopper.api.order.place.mutate(order), "INSUFFICIENT_STOCK", {
      details: { lines: [{ productId, requested: 2, available: 1 }] },
    });
    await restock(productId, 1);
    expect(await shopper.api.order.place.mutate(order)).toMatchObject({ paidAmount: 2_000 });
  });

  test("of a product that does not exist is PRODUCT_NOT_FOUND", async () => {
    for (const productId of [nowhere, "no id"])
      await expectRefused(restock(productId, 1), "PRODUCT_NOT_FOUND");
  });

  test.each([0, -1, 1.5, 1_000_001, 2 ** 53 - 1])("refuses the quantity %i", async (quantity) => {
    const { productId } = await shop.product();
    await expectRefused(restock(productId, quantity), "INVALID_INPUT", {
      issues: [{ path: ["quantity"], message: expect.any(String) }],
    });
  });
});

describe("admin.coupon.create", () => {
  const campaign = {
    name: "Opening",
    discount: { type: "PERCENT", percent: 10, maxAmount: 5_000 } as const,
    totalQuantity: 10,
    issueStartsAt: "2030-01-01T09:00:00+09:00",
    issueEndsAt: "2030-01-02T00:00:00Z",
    validFrom: "2030-01-01T00:00:00.5Z",
    validUntil: "2030-02-01T00:00:00.000Z",
  };

  test("answers the campaign, its moments in UTC", async () => {
    expect(await api.admin.coupon.create.mutate(campaign)).toEqual({
      couponId: anId,
      name: "Opening",
      discount: { type: "PERCENT", percent: 10, maxAmount: 5_000 },
      totalQuantity: 10,
      remainingQuantity: 10,
      issueStartsAt: "2030-01-01T00:00:00.000Z",
      issueEndsAt: "2030-01-02T00:00:00.000Z",
      validFrom: "2030-01-01T00:00:00.500Z",
      validUntil: "2030-02-01T00:00:00.000Z",
    });
  });

  test.each([
    { type: "FIXED", amount: 1 },
    { type: "FIXED", amount: 1_000_000_000 },
    { type: "PERCENT", percent: 1, maxAmount: null },
    { type: "PERCENT", percent: 100, maxAmount: 1 },
  ] as const)("keeps the discount %j", async (discount) => {
    const made = await shop.campaign({ discount });
    expect(made.discount).toEqual(discount);
    const coupon = await (await shop.shopper()).api.coupon.claim.mutate({
      couponId: made.couponId,
      idempotencyKey: newKey(),
    });
    expect(coupon.discount).toEqual(discount);
  });

  test.each([
    [{ name: " " }, ["name"]],
    [{ totalQuantity: 0 }, ["totalQuantity"]],
    [{ totalQuantity: -5 }, ["totalQuantity"]],
    [{ totalQuantity: 1.5 }, ["totalQuantity"]],
    [{ totalQuantity: 10_000_001 }, ["totalQuantity"]],
    [{ discount: { type: "FIXED", amount: 0 } }, ["discount", "amount"]],
    [{ discount: { type: "FIXED", amount: -1 } }, ["discount", "amount"]],
    [{ discount: { type: "FIXED" } }, ["discount", "amount"]],
    [{ discount: { type: "FIXED", amount: 1, percent: 1 } }, ["discount"]],
    [{ discount: { type: "PERCENT", percent: 0, maxAmount: null } }, ["discount", "percent"]],
    [{ discount: { type: "PERCENT", percent: 101, maxAmount: null } }, ["discount", "percent"]],
    [{ discount: { type: "PERCENT", percent: 12.5, maxAmount: null } }, ["discount", "percent"]],
    [{ discount: { type: "PERCENT", percent: 5, maxAmount: 0 } }, ["discount", "maxAmount"]],
    [{ discount: { type: "GIFT" } }, ["discount", "type"]],
    [{ discount: null }, ["discount"]],
    [{ issueStartsAt: "tomorrow" }, ["issueStartsAt"]],
    [{ issueStartsAt: "2030-02-30T00:00:00Z" }, ["issueStartsAt"]],
    [{ issueStartsAt: "2030-01-01T00:00:00" }, ["issueStartsAt"]],
    [{ issueStartsAt: 1_893_456_000_000 }, ["issueStartsAt"]],
    [{ validFrom: "0000-01-01T00:00:00Z" }, ["validFrom"]],
    [{ validFrom: "0001-01-01T00:00:00+09:00" }, ["validFrom"]],
    [{ validUntil: "9999-12-31T23:59:59-10:00" }, ["validUntil"]],
    [{ issueEndsAt: "2030-01-01T00:00:00Z" }, ["issueEndsAt"]],
    [{ validUntil: "2030-01-01T00:00:00.5Z" }, ["validUntil"]],
    [{ remainingQuantity: 5 }, []],
  ])("refuses %j", async (wrong, path) => {
    const asked = api.admin.coupon.create.mutate({ ...campaign, ...(wrong as object) });
    await expectRefused(asked, "INVALID_INPUT", {
      issues: expect.arrayContaining([{ path, message: expect.any(String) }]),
    });
  });

  test("takes any moment from the year 1 to the year 9999", async () => {
    const made = await shop.campaign({
      validFrom: "0001-01-01T00:00:00Z",
      validUntil: "9999-12-31T23:59:59.999Z",
    });
    expect(made).toMatchObject({
      validFrom: "0001-01-01T00:00:00.000Z",
      validUntil: "9999-12-31T23:59:59.999Z",
    });
    expect(await shop.visitor.coupon.list.query()).toContainEqual(made);
  });
});

test("admin.order.list has everyone's orders, newest first, each with its user", async () => {
  const shoppers = await shop.shoppers(3, 100_000);
  const { productId, name } = await shop.product({ price: 100 });
  const placed = [];
  for (const quantity of [1, 2, 3, 4, 5]) {
    const { userId, api: own } = shoppers[quantity % 3]!;
    const { balance: _, ...order } = await own.order.place.mutate({
      items: [{ productId, quantity }],
      idempotencyKey: newKey(),
    });
    placed.unshift({ ...order, userId, lines: [{ productId, name, unitPrice: 100, quantity }] });
  }
  const { items } = await api.admin.order.list.query({ limit: 5 });
  expect(items).toEqual(placed);

  const pages = await walkPages((cursor) =>
    api.admin.order.list.query({ limit: 2, ...(cursor && { cursor }) }),
  );
  const ids = pages.flat().map(({ orderId }) => orderId);
  expect(ids.slice(0, 5)).toEqual(placed.map(({ orderId }) => orderId));
  expect(new Set(ids).size).toBe(ids.length);
  for (const limit of [0, 101])
    await expectRefused(api.admin.order.list.query({ limit }), "INVALID_INPUT", {
      issues: [{ path: ["limit"], message: expect.any(String) }],
    });
  const cursor = "999999999999999_ffffffff-ffff-ffff-ffff-ffffffffffff";
  await expectRefused(api.admin.order.list.query({ cursor }), "INVALID_INPUT", {
    issues: [{ path: ["cursor"], message: expect.any(String) }],
  });
});

describe("admin.audit", () => {
  test("says of every invariant that it holds, and of how many things", async () => {
    const audit = await api.admin.audit.query();
    expect(audit).toEqual({ ok: true, checkedAt: anInstant, checks: expect.any(Array) });
    expect(audit.checks.length).toBe(12);
    for (const check of audit.checks)
      expect(check).toEqual({
        name: expect.stringMatching(/^\w.{10,}/),
        ok: true,
        checked: expect.any(Number),
        violations: [],
      });
    const [{ count }] = (await shop.sql`select count(*)::int from orders`) as unknown as [
      { count: number },
    ];
    const ofOrders = audit.checks.find(({ name }) => name.startsWith("an order's total"));
    expect(ofOrders?.checked).toBe(count);
  });

  test("names what does not add up, with the ids that show it", async () => {
    const { productId } = await shop.product({ stock: 5 });
    await shop.sql`update products set stock = 4 where product_id = ${productId}`;
    const audit = await api.admin.audit.query();
    expect(audit.ok).toBe(false);
    expect(audit.checks.filter(({ ok }) => !ok)).toEqual([
      {
        name: "stock left and stock sold are what was put in",
        ok: false,
        checked: expect.any(Number),
        violations: [{ productId, stock: 4, sold: 0, putIn: 5 }],
      },
    ]);
    await shop.sql`update products set stock = 5 where product_id = ${productId}`;
    expect((await api.admin.audit.query()).ok).toBe(true);
  });

  test("sees money that nobody paid in", async () => {
    const { userId } = await shop.shopper(5_000);
    await shop.sql`update wallets set balance = balance + 1 where user_id = ${userId}`;
    const { ok, checks } = await api.admin.audit.query();
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      { violations: [{ userId, balance: 5_001, logged: 5_000 }] },
    ]);
    await shop.sql`update wallets set balance = balance - 1 where user_id = ${userId}`;
  });
});

test("a campaign that nobody can claim any more stays in nobody's way", async () => {
  const past = { issueStartsAt: hoursFromNow(-3), issueEndsAt: hoursFromNow(-2) };
  const made = await shop.campaign(past);
  expect(made.remainingQuantity).toBe(100);
  const listed = await shop.visitor.coupon.list.query();
  expect(listed.map(({ couponId }) => couponId)).not.toContain(made.couponId);
});
