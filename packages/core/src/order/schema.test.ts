import { expect, test } from "vitest";
import { placeOrderInputSchema } from "./schema.ts";

const order = { items: [{ productId: "tea", quantity: 1 }], idempotencyKey: "click-0001" };
const accepts = (input: unknown) => placeOrderInputSchema.safeParse(input).success;
const itemsOf = (count: number) => Array.from({ length: count }, () => order.items[0]);

test("an order is as it was sent", () => {
  const full = { ...order, issuedCouponId: "coupon-1", expectedPaidAmount: 0 };
  expect(placeOrderInputSchema.parse(order)).toEqual(order);
  expect(placeOrderInputSchema.parse(full)).toEqual(full);
});

test("an order has 1 to 50 items", () => {
  expect([0, 1, 50, 51].map((count) => accepts({ ...order, items: itemsOf(count) }))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test.each([1, 1_000])("an item may be wanted %d times", (quantity) => {
  expect(accepts({ ...order, items: [{ productId: "tea", quantity }] })).toBe(true);
});

test.each([0, -1, 1_001, 1.5, Number.NaN, Infinity, 2 ** 53, "1", null, undefined])(
  "an item cannot be wanted %j times",
  (quantity) => {
    expect(accepts({ ...order, items: [{ productId: "tea", quantity }] })).toBe(false);
  },
);

test.each([-1, 0.5, Number.NaN, 2 ** 53, "8000", null])(
  "%j cannot be expected to be paid",
  (expectedPaidAmount) => {
    expect(accepts({ ...order, expectedPaidAmount })).toBe(false);
  },
);

test("a coupon is one, and sent or not: null is neither (O2)", () => {
  expect(accepts({ ...order, issuedCouponId: null })).toBe(false);
  expect(accepts({ ...order, issuedCouponId: ["coupon-1", "coupon-2"] })).toBe(false);
  expect(accepts({ ...order, issuedCouponId: "" })).toBe(false);
});

test("a price, a total or a user cannot be sent along", () => {
  expect(accepts({ ...order, totalAmount: 1 })).toBe(false);
  expect(accepts({ ...order, userId: "somebody-else" })).toBe(false);
  expect(accepts({ ...order, items: [{ ...order.items[0], unitPrice: 1 }] })).toBe(false);
});

test("an order without items or without a key is none", () => {
  expect(accepts({ idempotencyKey: "click-0001" })).toBe(false);
  expect(accepts({ items: order.items })).toBe(false);
  expect(accepts(null)).toBe(false);
});
