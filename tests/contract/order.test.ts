import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { hoursFromNow, startShop, type Campaign, type Person, type Shop } from "../support/shop.ts";
import { anId, anInstant } from "../support/values.ts";
import { walkPages } from "../support/walk.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const nowhere = "00000000-0000-7000-8000-000000000000";

interface Items {
  readonly items: { productId: string; quantity: number }[];
  readonly issuedCouponId?: string;
  readonly expectedPaidAmount?: number;
}
const place = (person: Person, order: Items) =>
  person.api.order.place.mutate({ ...order, idempotencyKey: newKey() });
const claim = (person: Person, { couponId }: Campaign) =>
  person.api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
const stockOf = async (productId: string) =>
  (await shop.visitor.product.byId.query({ productId })).stock;
const balanceOf = async (person: Person) => (await person.api.wallet.balance.query()).balance;

test("an order takes money and stock, and answers with exactly the contract's fields", async () => {
  const shopper = await shop.shopper(10_000);
  const { productId } = await shop.product({ price: 1_500, stock: 10 });
  const before = Date.now();
  const placed = await place(shopper, { items: [{ productId, quantity: 3 }] });
  expect(placed).toEqual({
    orderId: anId,
    totalAmount: 4_500,
    discountAmount: 0,
    paidAmount: 4_500,
    balance: 5_500,
    paidAt: anInstant,
  });
  expect(Date.parse(placed.paidAt)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(placed.paidAt)).toBeLessThanOrEqual(Date.now());
  expect(await stockOf(productId)).toBe(7);
  expect(await balanceOf(shopper)).toBe(5_500);
});

test("an order is read back as it was placed, by its owner alone", async () => {
  const [shopper, stranger] = await shop.shoppers(2, 10_000);
  const { productId, name } = await shop.product({ price: 1_500 });
  const { balance: _, ...placed } = await place(shopper!, { items: [{ productId, quantity: 2 }] });
  const order = { ...placed, lines: [{ productId, name, unitPrice: 1_500, quantity: 2 }] };
  const { orderId } = order;
  expect(await shopper!.api.order.byId.query({ orderId })).toEqual(order);
  expect(await shopper!.api.order.list.query()).toEqual({ items: [order], nextCursor: null });

  expect(await stranger!.api.order.list.query()).toEqual({ items: [], nextCursor: null });
  await expectRefused(stranger!.api.order.byId.query({ orderId }), "ORDER_NOT_FOUND");
  for (const unknown of [nowhere, "no id", `${orderId}x`, orderId.toUpperCase(), "\u0000"])
    await expectRefused(shopper!.api.order.byId.query({ orderId: unknown }), "ORDER_NOT_FOUND");
});

test("an order keeps its own copy of name and price", async () => {
  const shopper = await shop.shopper(10_000);
  const { productId } = await shop.product({ name: "Old name", price: 1_000 });
  const { orderId } = await place(shopper, { items: [{ productId, quantity: 1 }] });
  const { api } = await shop.admin();
  await api.admin.product.update.mutate({ productId, name: "New name", price: 9_000 });
  const order = await shopper.api.order.byId.query({ orderId });
  expect(order.lines).toEqual([{ productId, name: "Old name", unitPrice: 1_000, quantity: 1 }]);
  expect(order.paidAmount).toBe(1_000);
});

describe("lines of one product count together", () => {
  test("for the price, and are one line of the order", async () => {
    const shopper = await shop.shopper(100_000);
    const a = await shop.product({ price: 1_000 });
    const b = await shop.product({ price: 300 });
    const placed = await place(shopper, {
      items: [
        { productId: a.productId, quantity: 2 },
        { productId: b.productId, quantity: 1 },
        { productId: a.productId, quantity: 3 },
      ],
    });
    expect(placed).toMatchObject({ totalAmount: 5_300, paidAmount: 5_300, balance: 94_700 });
    const { lines } = await shopper.api.order.byId.query({ orderId: placed.orderId });
    expect(lines.toSorted((x, y) => x.quantity - y.quantity)).toEqual([
      { productId: b.productId, name: b.name, unitPrice: 300, quantity: 1 },
      { productId: a.productId, name: a.name, unitPrice: 1_000, quantity: 5 },
    ]);
    expect(await stockOf(a.productId)).toBe(95);
  });

  test("for the stock", async () => {
    const shopper = await shop.shopper(100_000);
    const { productId } = await shop.product({ stock: 5 });
    const items = [
      { productId, quantity: 3 },
      { productId, quantity: 3 },
    ];
    await expectRefused(place(shopper, { items }), "INSUFFICIENT_STOCK", {
      details: { lines: [{ productId, requested: 6, available: 5 }] },
    });
    await place(shopper, { items: [items[0]!, { productId, quantity: 2 }] });
    expect(await stockOf(productId)).toBe(0);
  });
});

test("every short line is named at once, in the order they were asked for", async () => {
  const shopper = await shop.shopper(100_000);
  const [none, some, plenty] = await Promise.all([
    shop.product({ stock: 0 }),
    shop.product({ stock: 4 }),
    shop.product({ stock: 50 }),
  ]);
  await expectRefused(
    place(shopper, {
      items: [
        { productId: some!.productId, quantity: 5 },
        { productId: plenty!.productId, quantity: 50 },
        { productId: none!.productId, quantity: 1 },
      ],
    }),
    "INSUFFICIENT_STOCK",
    {
      details: {
        lines: [
          { productId: some!.productId, requested: 5, available: 4 },
          { productId: none!.productId, requested: 1, available: 0 },
        ],
      },
    },
  );
  expect(await stockOf(plenty!.productId)).toBe(50);
});

test("50 items of 1,000 each are an order; 51 items or 1,001 are INVALID_INPUT", async () => {
  const shopper = await shop.shopper(1_000_000_000);
  const products = [];
  for (let made = 0; made < 50; made++)
    products.push(await shop.product({ price: 20, stock: 1_000 }));
  const items = products.map(({ productId }) => ({ productId, quantity: 1_000 }));
  const [first] = items as [(typeof items)[0]];
  await expectRefused(place(shopper, { items: [...items, first] }), "INVALID_INPUT", {
    issues: [{ path: ["items"], message: expect.any(String) }],
  });
  for (const quantity of [1_001, 0, -1, 1.5, "1" as unknown as number])
    await expectRefused(place(shopper, { items: [{ ...first, quantity }] }), "INVALID_INPUT", {
      issues: [{ path: ["items", 0, "quantity"], message: expect.any(String) }],
    });
  await expectRefused(place(shopper, { items: [] }), "INVALID_INPUT", {
    issues: [{ path: ["items"], message: expect.any(String) }],
  });
  expect(await place(shopper, { items })).toMatchObject({
    totalAmount: 1_000_000,
    balance: 999_000_000,
  });
  // 1,000 of one product may come as several lines, and more than 1,000 in sum.
  const { productId } = await shop.product({ price: 1, stock: 50_000 });
  const fifty = Array.from({ length: 50 }, () => ({ productId, quantity: 1_000 }));
  expect(await place(shopper, { items: fifty })).toMatchObject({ totalAmount: 50_000 });
});

test("the dearest order there can be is refused with the exact sum", async () => {
  const shopper = await shop.shopper(1_000);
  const { productId } = await shop.product({ price: 1_000_000_000, stock: 1_000_000 });
  const items = Array.from({ length: 50 }, () => ({ productId, quantity: 1_000 }));
  await expectRefused(place(shopper, { items }), "INSUFFICIENT_BALANCE", {
    details: { required: 50_000_000_000_000, balance: 1_000 },
  });
});

test("a balance that is exactly enough is spent to nothing; one short is refused", async () => {
  const shopper = await shop.shopper(3_000);
  const dear = await shop.product({ price: 3_001 });
  await expectRefused(
    place(shopper, { items: [{ productId: dear.productId, quantity: 1 }] }),
    "INSUFFICIENT_BALANCE",
    { details: { required: 3_001, balance: 3_000 } },
  );
  const right = await shop.product({ price: 3_000 });
  const items = [{ productId: right.productId, quantity: 1 }];
  expect(await place(shopper, { items })).toMatchObject({ paidAmount: 3_000, balance: 0 });
});

test("a thing that costs nothing is ordered from an empty wallet", async () => {
  const shopper = await shop.shopper();
  const { productId } = await shop.product({ price: 0 });
  expect(await place(shopper, { items: [{ productId, quantity: 2 }] })).toMatchObject({
    totalAmount: 0,
    paidAmount: 0,
    balance: 0,
  });
});

describe("expectedPaidAmount", () => {
  test("is met, or the order is PRICE_CHANGED and nothing happens", async () => {
    const shopper = await shop.shopper(10_000);
    const { productId } = await shop.product({ price: 1_000 });
    const items = [{ productId, quantity: 2 }];
    for (const expectedPaidAmount of [0, 1_999, 2_001, 2 ** 53 - 1])
      await expectRefused(place(shopper, { items, expectedPaidAmount }), "PRICE_CHANGED", {
        details: { expected: expectedPaidAmount, actual: 2_000 },
      });
    expect(await balanceOf(shopper)).toBe(10_000);
    expect(await place(shopper, { items, expectedPaidAmount: 2_000 })).toMatchObject({
      paidAmount: 2_000,
    });
  });

  test("is what is paid: the total less the discount", async () => {
    const shopper = await shop.shopper(10_000);
    const campaign = await shop.campaign({ discount: { type: "FIXED", amount: 300 } });
    const { issuedCouponId } = await claim(shopper, campaign);
    const { productId } = await shop.product({ price: 1_000 });
    const items = [{ productId, quantity: 1 }];
    const wrong = place(shopper, { items, issuedCouponId, expectedPaidAmount: 1_000 });
    await expectRefused(wrong, "PRICE_CHANGED", { details: { expected: 1_000, actual: 700 } });
    expect(
      await place(shopper, { items, issuedCouponId, expectedPaidAmount: 700 }),
    ).toMatchObject({ totalAmount: 1_000, discountAmount: 300, paidAmount: 700, balance: 9_300 });
  });

  test.each([-1, 1.5, 2 ** 53, "1000", null])("%j is INVALID_INPUT", async (amount) => {
    const shopper = await shop.shopper(10_000);
    const { productId } = await shop.product();
    await expectRefused(
      place(shopper, {
        items: [{ productId, quantity: 1 }],
        expectedPaidAmount: amount as number,
      }),
      "INVALID_INPUT",
      { issues: [{ path: ["expectedPaidAmount"], message: expect.any(String) }] },
    );
  });
});

describe("a coupon's discount", () => {
  const fixed = (amount: number) => ({ type: "FIXED", amount }) as const;
  const percent = (share: number, maxAmount: number | null = null) =>
    ({ type: "PERCENT", percent: share, maxAmount }) as const;

  test.each([
    { price: 1_000, quantity: 3, discount: fixed(500), off: 500 },
    { price: 1_000, quantity: 1, discount: fixed(1_000), off: 1_000 },
    { price: 1_000, quantity: 1, discount: fixed(1_001), off: 1_000 },
    { price: 1_000, quantity: 1, discount: fixed(1_000_000_000), off: 1_000 },
    { price: 999, quantity: 1, discount: percent(10), off: 99 },
    { price: 999, quantity: 3, discount: percent(33), off: 989 },
    { price: 1, quantity: 1, discount: percent(99), off: 0 },
    { price: 99, quantity: 1, discount: percent(1), off: 0 },
    { price: 100, quantity: 1, discount: percent(1), off: 1 },
    { price: 7, quantity: 11, discount: percent(100), off: 77 },
    // The sum is rounded, not each line: 3 x 33 is 99, of which a half is 49.
    { price: 33, quantity: 3, discount: percent(50), off: 49 },
    { price: 10_000, quantity: 5, discount: percent(30, 10_000), off: 10_000 },
    { price: 10_000, quantity: 5, discount: percent(30, 15_000), off: 15_000 },
    { price: 10_000, quantity: 5, discount: percent(30, 15_001), off: 15_000 },
    { price: 1_000_000, quantity: 1_000, discount: percent(57), off: 570_000_000 },
    { price: 0, quantity: 1, discount: fixed(500), off: 0 },
  ])("$discount on $quantity x $price is $off", async ({ price, quantity, discount, off }) => {
    const shopper = await shop.shopper(1_000_000_000);
    const { productId } = await shop.product({ price, stock: 1_000 });
    const campaign = await shop.campaign({ discount });
    const { issuedCouponId } = await claim(shopper, campaign);
    const placed = await place(shopper, { items: [{ productId, quantity }], issuedCouponId });
    const totalAmount = price * quantity;
    expect(placed).toEqual({
      orderId: anId,
      totalAmount,
      discountAmount: off,
      paidAmount: totalAmount - off,
      balance: 1_000_000_000 - totalAmount + off,
      paidAt: anInstant,
    });
    const [coupon] = (await shopper.api.coupon.mine.query()).items;
    expect(coupon).toMatchObject({ issuedCouponId, status: "USED" });
  });

  test("that pays for everything leaves an empty wallet empty", async () => {
    const shopper = await shop.shopper();
    const { productId } = await shop.product({ price: 1_000 });
    const campaign = await shop.campaign({ discount: fixed(5_000) });
    const { issuedCouponId } = await claim(shopper, campaign);
    expect(
      await place(shopper, { items: [{ productId, quantity: 1 }], issuedCouponId }),
    ).toMatchObject({ totalAmount: 1_000, discountAmount: 1_000, paidAmount: 0, balance: 0 });
    await shop.logWritten();
    const { items } = await shopper.api.wallet.history.query();
    expect(items).toMatchObject([{ type: "USE", amount: 0, balanceAfter: 0 }]);
  });
});

describe("a coupon is refused and stays as it was", () => {
  const order = async (over: Partial<Items> = {}) => {
    const { productId } = await shop.product();
    return { items: [{ productId, quantity: 1 }], ...over };
  };

  test.each([nowhere, "no id", "\u0000", "x".repeat(128)])(
    "when there is none: %j",
    async (issuedCouponId) => {
      const shopper = await shop.shopper(10_000);
      const refused = place(shopper, await order({ issuedCouponId }));
      await expectRefused(refused, "COUPON_NOT_FOUND");
      expect(await balanceOf(shopper)).toBe(10_000);
    },
  );

  test("when the id is the campaign's", async () => {
    const shopper = await shop.shopper(10_000);
    const campaign = await shop.campaign();
    await claim(shopper, campaign);
    await expectRefused(
      place(shopper, await order({ issuedCouponId: campaign.couponId })),
      "COUPON_NOT_FOUND",
    );
  });

  test("when it is somebody else's, used or not", async () => {
    const [owner, thief] = await shop.shoppers(2, 10_000);
    const { issuedCouponId } = await claim(owner!, await shop.campaign());
    await expectRefused(place(thief!, await order({ issuedCouponId })), "COUPON_NOT_FOUND");
    await place(owner!, await order({ issuedCouponId }));
    await expectRefused(place(thief!, await order({ issuedCouponId })), "COUPON_NOT_FOUND");
    expect(await balanceOf(thief!)).toBe(10_000);
  });

  test("when it has been used", async () => {
    const shopper = await shop.shopper(10_000);
    const { issuedCouponId } = await claim(shopper, await shop.campaign());
    await place(shopper, await order({ issuedCouponId }));
    const again = place(shopper, await order({ issuedCouponId }));
    await expectRefused(again, "COUPON_ALREADY_USED");
    expect(await balanceOf(shopper)).toBe(9_500);
  });

  test("when its period is over or has not begun", async () => {
    const shopper = await shop.shopper(10_000);
    const over = { validFrom: hoursFromNow(-2), validUntil: hoursFromNow(-1) };
    const coming = { validFrom: hoursFromNow(1), validUntil: hoursFromNow(2) };
    for (const period of [over, coming]) {
      const { issuedCouponId } = await claim(shopper, await shop.campaign(period));
      const refused = place(shopper, await order({ issuedCouponId }));
      await expectRefused(refused, "COUPON_NOT_VALID_NOW");
    }
    expect(await balanceOf(shopper)).toBe(10_000);
  });

  test("when used before it expired, it is COUPON_ALREADY_USED for good", async () => {
    const shopper = await shop.shopper(10_000);
    const soon = new Date(Date.now() + 3_000).toISOString();
    const { issuedCouponId } = await claim(shopper, await shop.campaign({ validUntil: soon }));
    await place(shopper, await order({ issuedCouponId }));
    await expect
      .poll(() => Date.now() > Date.parse(soon), { timeout: 5_000 })
      .toBe(true);
    const again = place(shopper, await order({ issuedCouponId }));
    await expectRefused(again, "COUPON_ALREADY_USED");
  });
});

describe("refusals come as a person would meet them", () => {
  test("input, products, stock, coupon, price, balance", async () => {
    const poor = await shop.shopper(1_000);
    const short = await shop.product({ price: 5_000, stock: 1 });
    const productId = short.productId;
    const used = (await claim(poor, await shop.campaign())).issuedCouponId;
    const free = await shop.product({ price: 0 });
    await place(poor, {
      items: [{ productId: free.productId, quantity: 1 }],
      issuedCouponId: used,
    });

    // Everything is wrong at once; what is looked at first is mended, one after the other.
    const everything = {
      items: [
        { productId, quantity: 2 },
        { productId: nowhere, quantity: 1 },
      ],
      issuedCouponId: used,
      expectedPaidAmount: -1,
    };
    await expectRefused(place(poor, everything), "INVALID_INPUT", {
      issues: [{ path: ["expectedPaidAmount"], message: expect.any(String) }],
    });
    const withInput = { ...everything, expectedPaidAmount: 1 };
    await expectRefused(place(poor, withInput), "PRODUCT_NOT_FOUND");
    const withProducts = { ...withInput, items: [{ productId, quantity: 2 }] };
    await expectRefused(place(poor, withProducts), "INSUFFICIENT_STOCK", {
      details: { lines: [{ productId, requested: 2, available: 1 }] },
    });
    const withStock = { ...withProducts, items: [{ productId, quantity: 1 }] };
    await expectRefused(place(poor, withStock), "COUPON_ALREADY_USED");
    const { issuedCouponId: _, ...withCoupon } = withStock;
    await expectRefused(place(poor, withCoupon), "PRICE_CHANGED", {
      details: { expected: 1, actual: 5_000 },
    });
    const withPrice = { ...withCoupon, expectedPaidAmount: 5_000 };
    await expectRefused(place(poor, withPrice), "INSUFFICIENT_BALANCE", {
      details: { required: 5_000, balance: 1_000 },
    });
    await poor.api.wallet.charge.mutate({ amount: 4_000, idempotencyKey: newKey() });
    expect(await place(poor, withPrice)).toMatchObject({ paidAmount: 5_000, balance: 0 });
  });

  test("one unknown product among many short ones is PRODUCT_NOT_FOUND", async () => {
    const shopper = await shop.shopper();
    const { productId } = await shop.product({ stock: 0 });
    for (const unknown of [nowhere, "no id"])
      await expectRefused(
        place(shopper, {
          items: [
            { productId, quantity: 1 },
            { productId: unknown, quantity: 1 },
          ],
        }),
        "PRODUCT_NOT_FOUND",
      );
  });

  test("a refused order leaves everything as it was", async () => {
    const shopper = await shop.shopper(1_000);
    const cheap = await shop.product({ price: 100, stock: 10 });
    const dear = await shop.product({ price: 50_000, stock: 10 });
    const { issuedCouponId } = await claim(shopper, await shop.campaign());
    const items = [cheap, dear].map(({ productId }) => ({ productId, quantity: 1 }));
    await expectRefused(place(shopper, { items, issuedCouponId }), "INSUFFICIENT_BALANCE", {
      details: { required: 49_600, balance: 1_000 },
    });
    expect(await stockOf(cheap.productId)).toBe(10);
    expect(await stockOf(dear.productId)).toBe(10);
    expect(await balanceOf(shopper)).toBe(1_000);
    expect((await shopper.api.coupon.mine.query()).items).toMatchObject([{ status: "ISSUED" }]);
    expect((await shopper.api.order.list.query()).items).toEqual([]);
    expect((await shopper.api.wallet.history.query()).items.length).toBe(1);
  });
});

describe("order.list", () => {
  test("has the newest first, complete and without doubles by pages of any size", async () => {
    const [shopper, other] = await shop.shoppers(2, 1_000_000);
    const { productId } = await shop.product({ price: 1, stock: 1_000 });
    const placed: string[] = [];
    for (let quantity = 1; quantity <= 23; quantity++) {
      const order = await place(shopper!, { items: [{ productId, quantity }] });
      placed.unshift(order.orderId);
      await place(other!, { items: [{ productId, quantity: 1 }] });
    }
    for (const limit of [undefined, 1, 5, 22, 23, 100]) {
      const pages = await walkPages((cursor) =>
        shopper!.api.order.list.query({ ...(limit && { limit }), ...(cursor && { cursor }) }),
      );
      const size = limit ?? 20;
      expect(pages.map((page) => page.length)).toEqual(
        Array.from({ length: Math.ceil(23 / size) }, (_none, page) =>
          Math.min(size, 23 - page * size),
        ),
      );
      expect(pages.flat().map(({ orderId }) => orderId)).toEqual(placed);
    }
  });

  test.each([0, 101, 1.5, "5"])("refuses the limit %j", async (limit) => {
    const shopper = await shop.shopper();
    await expectRefused(shopper.api.order.list.query({ limit: limit as number }), "INVALID_INPUT", {
      issues: [{ path: ["limit"], message: expect.any(String) }],
    });
  });

  test("refuses a cursor it has not given out, and an unknown field", async () => {
    const shopper = await shop.shopper();
    for (const cursor of ["abc", "999999999999999_ffffffff-ffff-ffff-ffff-ffffffffffff"])
      await expectRefused(shopper.api.order.list.query({ cursor }), "INVALID_INPUT", {
        issues: [{ path: ["cursor"], message: expect.any(String) }],
      });
    await expectRefused(shopper.api.order.list.query({ userId: "x" } as object), "INVALID_INPUT", {
      issues: [{ path: [], message: expect.stringContaining("userId") }],
    });
  });
});

test("an unknown field anywhere in an order is INVALID_INPUT, with its place", async () => {
  const shopper = await shop.shopper(10_000);
  const { productId } = await shop.product();
  const items = [{ productId, quantity: 1 }];
  await expectRefused(place(shopper, { items, ...{ price: 1 } }), "INVALID_INPUT", {
    issues: [{ path: [], message: expect.stringContaining("price") }],
  });
  await expectRefused(
    place(shopper, { items: [{ productId, quantity: 1, ...{ unitPrice: 1 } }] }),
    "INVALID_INPUT",
    { issues: [{ path: ["items", 0], message: expect.stringContaining("unitPrice") }] },
  );
  await expectRefused(
    shopper.api.order.byId.query({ orderId: "x", ...{ userId: "y" } }),
    "INVALID_INPUT",
    { issues: [{ path: [], message: expect.stringContaining("userId") }] },
  );
});
