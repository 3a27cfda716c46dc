import { expect, test } from "vitest";
import {
  aCoupon,
  aProduct,
  aShop,
  aWallet,
  justAfterNoon,
  justBeforeNoon,
  noon,
  tomorrow,
  yesterday,
  type Shop,
} from "../testing/shop.ts";
import { decidePlaceOrder, placeOrder } from "./place.ts";
import type { PlaceOrderInput } from "./schema.ts";

const place = (shop: Shop, input: PlaceOrderInput) =>
  decidePlaceOrder(shop, { actorId: "ada", operationId: "order-1", at: noon, input });

const items = (quantity: number, productId = "tea") => [{ productId, quantity }];

test("an order takes stock and balance, and leaves its lines and one entry (O1, O5, O6)", () => {
  const shop = aShop();
  const order = [
    { productId: "tea", quantity: 2 },
    { productId: "cups", quantity: 1 },
  ];
  const amounts = { totalAmount: 8_000, discountAmount: 0, paidAmount: 8_000 };

  expect(place(shop, { items: order })).toEqual({
    ok: true,
    value: {
      writes: {
        wallets: [{ userId: "ada", balance: 2_000, seq: 1 }],
        products: [
          { ...shop.products.get("tea"), stock: 8 },
          { ...shop.products.get("cups"), stock: 9 },
        ],
        newOrders: [
          { orderId: "order-1", userId: "ada", ...amounts, issuedCouponId: null, paidAt: noon },
        ],
        newOrderLines: [
          {
            orderId: "order-1",
            productId: "tea",
            name: "Barley tea",
            unitPrice: 3_000,
            quantity: 2,
          },
          {
            orderId: "order-1",
            productId: "cups",
            name: "Celadon cups",
            unitPrice: 2_000,
            quantity: 1,
          },
        ],
        newPointEntries: [
          {
            operationId: "order-1",
            userId: "ada",
            seq: 1,
            type: "USE",
            amount: 8_000,
            balanceAfter: 2_000,
            createdAt: noon,
          },
        ],
      },
      reply: { orderId: "order-1", ...amounts, balance: 2_000, paidAt: noon },
    },
  });
});

test("lines of the same product count together, for stock as for price", () => {
  const input = { items: [...items(2), ...items(1, "cups"), ...items(1)] };
  expect(place(aShop({ wallets: [aWallet({ balance: 11_000 })] }), input)).toMatchObject({
    value: {
      writes: {
        newOrderLines: [
          { productId: "tea", quantity: 3 },
          { productId: "cups", quantity: 1 },
        ],
      },
      reply: { totalAmount: 11_000, balance: 0 },
    },
  });
  expect(place(aShop(), { items: [...items(6), ...items(5)] })).toEqual({
    ok: false,
    error: {
      reason: "INSUFFICIENT_STOCK",
      details: { lines: [{ productId: "tea", requested: 11, available: 10 }] },
    },
  });
});

test("the last piece can be bought, with the last won", () => {
  const shop = aShop({
    wallets: [aWallet({ balance: 3_000 })],
    products: [aProduct({ stock: 1 })],
  });
  expect(place(shop, { items: items(1) })).toMatchObject({
    value: { writes: { products: [{ stock: 0 }] }, reply: { balance: 0 } },
  });
});

test("a thing that costs nothing can be ordered with nothing, and leaves its entry", () => {
  const shop = aShop({ wallets: [aWallet({ balance: 0 })], products: [aProduct({ price: 0 })] });
  expect(place(shop, { items: items(3) })).toMatchObject({
    value: {
      writes: { newPointEntries: [{ type: "USE", amount: 0, balanceAfter: 0 }] },
      reply: { totalAmount: 0, paidAmount: 0, balance: 0 },
    },
  });
});

test("every short line is told at once, and those that are not short are not", () => {
  const shop = aShop({
    products: [
      aProduct({ stock: 1 }),
      aProduct({ productId: "cups", stock: 5 }),
      aProduct({ productId: "fan", stock: 0 }),
    ],
  });
  const input = { items: [...items(2), ...items(5, "cups"), ...items(1, "fan")] };
  expect(place(shop, input)).toEqual({
    ok: false,
    error: {
      reason: "INSUFFICIENT_STOCK",
      details: {
        lines: [
          { productId: "tea", requested: 2, available: 1 },
          { productId: "fan", requested: 1, available: 0 },
        ],
      },
    },
  });
});

test("the expected amount is what would be paid, after the discount", () => {
  const shop = aShop({ coupons: [aCoupon()] });
  const input = { items: items(2), issuedCouponId: "coupon-1" };
  expect(place(shop, { ...input, expectedPaidAmount: 5_000 })).toMatchObject({ ok: true });
  expect(place(shop, { ...input, expectedPaidAmount: 6_000 })).toEqual({
    ok: false,
    error: { reason: "PRICE_CHANGED", details: { expected: 6_000, actual: 5_000 } },
  });
});

test("a price that fell is told as well: nobody pays what they were not shown", () => {
  expect(place(aShop(), { items: items(1), expectedPaidAmount: 3_001 })).toMatchObject({
    error: { reason: "PRICE_CHANGED", details: { expected: 3_001, actual: 3_000 } },
  });
});

test("an expected amount of 0 is an expectation too", () => {
  expect(place(aShop(), { items: items(1), expectedPaidAmount: 0 })).toMatchObject({
    error: { reason: "PRICE_CHANGED", details: { expected: 0, actual: 3_000 } },
  });
});

test("one won too little is too little (O3)", () => {
  expect(place(aShop({ wallets: [aWallet({ balance: 5_999 })] }), { items: items(2) })).toEqual({
    ok: false,
    error: { reason: "INSUFFICIENT_BALANCE", details: { required: 6_000, balance: 5_999 } },
  });
});

test("what is required is what would be paid, after the discount", () => {
  const shop = aShop({ wallets: [aWallet({ balance: 4_999 })], coupons: [aCoupon()] });
  expect(place(shop, { items: items(2), issuedCouponId: "coupon-1" })).toEqual({
    ok: false,
    error: { reason: "INSUFFICIENT_BALANCE", details: { required: 5_000, balance: 4_999 } },
  });
});

test("a coupon is taken off what is paid, and used up by the order (O4)", () => {
  const discount = { type: "PERCENT", percent: 10, maxAmount: null } as const;
  const coupon = aCoupon({ terms: { discount } });
  const decided = place(aShop({ coupons: [coupon] }), {
    items: items(3),
    issuedCouponId: "coupon-1",
  });
  expect(decided).toMatchObject({
    value: {
      writes: {
        wallets: [{ balance: 1_900 }],
        usedCoupons: [{ issuedCouponId: "coupon-1", userId: "ada", orderId: "order-1" }],
        newOrders: [{ issuedCouponId: "coupon-1", discountAmount: 900, paidAmount: 8_100 }],
        newPointEntries: [{ amount: 8_100 }],
      },
      reply: { totalAmount: 9_000, discountAmount: 900, paidAmount: 8_100, balance: 1_900 },
    },
  });
});

test("a coupon that is worth more than the order pays all of it and no more", () => {
  const coupon = aCoupon({ terms: { discount: { type: "FIXED", amount: 1_000_000 } } });
  const shop = aShop({ wallets: [aWallet({ balance: 0 })], coupons: [coupon] });
  expect(place(shop, { items: items(1), issuedCouponId: "coupon-1" })).toMatchObject({
    value: {
      writes: {
        wallets: [{ balance: 0, seq: 1 }],
        usedCoupons: [{ orderId: "order-1" }],
        newPointEntries: [{ type: "USE", amount: 0, balanceAfter: 0 }],
      },
      reply: { totalAmount: 3_000, discountAmount: 3_000, paidAmount: 0, balance: 0 },
    },
  });
});

test("an order without a coupon leaves the coupons of its owner alone", () => {
  const decided = place(aShop({ coupons: [aCoupon()] }), { items: items(1) });
  expect(decided).toMatchObject({ ok: true });
  expect(decided).not.toHaveProperty("value.writes.usedCoupons");
});

const withCoupon = (coupon: Parameters<typeof aCoupon>[0]) =>
  place(aShop({ coupons: [aCoupon(coupon)] }), { items: items(1), issuedCouponId: "coupon-1" });

test("a coupon is good for its owner only: somebody else's is unknown (O4)", () => {
  const notFound = { ok: false, error: { reason: "COUPON_NOT_FOUND" } };
  expect(withCoupon({ userId: "bob" })).toEqual(notFound);
  expect(place(aShop(), { items: items(1), issuedCouponId: "coupon-1" })).toEqual(notFound);
});

test("nothing is told of somebody else's coupon, not even that it is used or over", () => {
  const terms = { validUntil: yesterday };
  expect(withCoupon({ userId: "bob", orderId: "order-0", terms })).toMatchObject({
    error: { reason: "COUPON_NOT_FOUND" },
  });
});

test("a coupon is good once (O4)", () => {
  expect(withCoupon({ orderId: "order-0" })).toEqual({
    ok: false,
    error: { reason: "COUPON_ALREADY_USED" },
  });
});

test("a used coupon stays used when its period is over", () => {
  expect(withCoupon({ orderId: "order-0", terms: { validUntil: yesterday } })).toMatchObject({
    error: { reason: "COUPON_ALREADY_USED" },
  });
});

test.each([
  ["until the last millisecond before its period", justAfterNoon, tomorrow, false],
  ["from the first millisecond of its period", noon, tomorrow, true],
  ["to the last millisecond of its period", yesterday, justAfterNoon, true],
  ["no longer when its period ends", yesterday, noon, false],
  ["in a period of a single millisecond", noon, justAfterNoon, true],
  ["not when its period was yesterday", yesterday, justBeforeNoon, false],
])("a coupon: %s", (_when, validFrom, validUntil, isGood) => {
  expect(withCoupon({ terms: { validFrom, validUntil } })).toMatchObject(
    isGood ? { ok: true } : { ok: false, error: { reason: "COUPON_NOT_VALID_NOW" } },
  );
});

test("what is wrong is told in the order a person would meet it", () => {
  // Everything is wrong; then one thing after the other is put right.
  const coupon = aCoupon({ orderId: "order-0", terms: { validUntil: yesterday } });
  const shop = aShop({ wallets: [], products: [aProduct({ stock: 1 })], coupons: [coupon] });
  const wrong = {
    items: [...items(2), ...items(1, "unknown")],
    issuedCouponId: "somebody-else's",
    expectedPaidAmount: 1,
  };
  const reason = (input: PlaceOrderInput) => {
    const decided = place(shop, input);
    return decided.ok ? "nothing" : decided.error.reason;
  };

  expect(reason(wrong)).toBe("WALLET_NOT_FOUND");
  shop.wallets.set("ada", aWallet({ balance: 0 }));
  expect(reason(wrong)).toBe("PRODUCT_NOT_FOUND");
  const known = { ...wrong, items: items(2) };
  expect(reason(known)).toBe("INSUFFICIENT_STOCK");
  shop.products.set("tea", aProduct({ stock: 2 }));
  expect(reason(known)).toBe("COUPON_NOT_FOUND");
  const owned = { ...known, issuedCouponId: "coupon-1" };
  expect(reason(owned)).toBe("COUPON_ALREADY_USED");
  shop.issuedCoupons.set("coupon-1", { ...coupon, orderId: null });
  expect(reason(owned)).toBe("COUPON_NOT_VALID_NOW");
  shop.issuedCoupons.set("coupon-1", aCoupon());
  expect(reason(owned)).toBe("PRICE_CHANGED");
  const agreed = { ...owned, expectedPaidAmount: 5_000 };
  expect(reason(agreed)).toBe("INSUFFICIENT_BALANCE");
  shop.wallets.set("ada", aWallet({ balance: 5_000 }));
  expect(reason(agreed)).toBe("nothing");
});

test("an order touches its sender's wallet, its products and its coupon", () => {
  expect(placeOrder.name).toBe("order.place");
  const order = [...items(1), ...items(1, "cups")];
  expect(placeOrder.touches("ada", { items: order })).toEqual({
    wallets: ["ada"],
    products: ["tea", "cups"],
  });
  expect(placeOrder.touches("ada", { items: order, issuedCouponId: "coupon-1" })).toEqual({
    wallets: ["ada"],
    products: ["tea", "cups"],
    issuedCoupons: ["coupon-1"],
  });
});
