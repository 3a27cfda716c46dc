import { expect, test } from "vitest";
import { discountOf } from "./discount.ts";
import { discountSchema } from "./schema.ts";

test.each([
  [1_000, 5_000, 1_000],
  [5_000, 5_000, 5_000],
  [5_001, 5_000, 5_000],
  [1_000_000_000, 1, 1],
  [1_000, 0, 0],
])("%d KRW off an order of %d KRW is %d", (amount, total, off) => {
  expect(discountOf({ type: "FIXED", amount }, total)).toBe(off);
});

test.each([
  [10, 10_000, null, 1_000],
  [10, 9_999, null, 999],
  [33, 100, null, 33],
  [1, 99, null, 0],
  [1, 100, null, 1],
  [100, 12_345, null, 12_345],
  [50, 10_000, 3_000, 3_000],
  [50, 10_000, 5_000, 5_000],
  [50, 10_000, 5_001, 5_000],
  [50, 0, 3_000, 0],
  // 29 / 100 * 100 is 28.999999999999996: a share is never computed by fractions.
  [29, 100, null, 29],
  [57, 100, null, 57],
  [99, 49_999_999_999_999, null, 49_499_999_999_999],
])("%d% off an order of %d KRW, at most %s, is %d", (percent, total, maxAmount, off) => {
  expect(discountOf({ type: "PERCENT", percent, maxAmount }, total)).toBe(off);
});

test.each([
  { type: "FIXED", amount: 1 },
  { type: "FIXED", amount: 1_000_000_000 },
  { type: "PERCENT", percent: 1, maxAmount: null },
  { type: "PERCENT", percent: 100, maxAmount: 1 },
])("%j is a discount", (discount) => {
  expect(discountSchema.parse(discount)).toEqual(discount);
});

test.each([
  { type: "FIXED", amount: 0 },
  { type: "FIXED", amount: -1 },
  { type: "FIXED", amount: 0.5 },
  { type: "FIXED", amount: Number.NaN },
  { type: "FIXED", amount: 1_000_000_001 },
  { type: "FIXED" },
  { type: "FIXED", amount: 1, percent: 1 },
  { type: "PERCENT", percent: 0, maxAmount: null },
  { type: "PERCENT", percent: 101, maxAmount: null },
  { type: "PERCENT", percent: 12.5, maxAmount: null },
  { type: "PERCENT", percent: 10 },
  { type: "PERCENT", percent: 10, maxAmount: 0 },
  { type: "PERCENT", amount: 10, maxAmount: null },
  { type: "FREE" },
  {},
  null,
])("%j is no discount", (discount) => {
  expect(discountSchema.safeParse(discount).success).toBe(false);
});
