import fc from "fast-check";
import { expect, test } from "vitest";
import { priceMax } from "../money.ts";
import { discountOf, type Discount } from "./discount.ts";

const amount = fc.integer({ min: 1, max: priceMax });
const percent = fc.integer({ min: 1, max: 100 });
const maxAmount = fc.option(amount);
/** Up to the dearest order there can be. */
const total = fc.oneof(fc.nat(100_000), fc.maxSafeNat().map((max) => max % 50_000_000_000_001));

const discount: fc.Arbitrary<Discount> = fc.oneof(
  fc.record({ type: fc.constant("FIXED" as const), amount }),
  fc.record({ type: fc.constant("PERCENT" as const), percent, maxAmount }),
);

test("a discount is whole KRW, never negative, and never more than the total", () => {
  fc.assert(
    fc.property(discount, total, (discount, total) => {
      const off = discountOf(discount, total);
      expect(Number.isSafeInteger(off)).toBe(true);
      expect(off).toBeGreaterThanOrEqual(0);
      expect(off).toBeLessThanOrEqual(total);
    }),
  );
});

test("a discount never exceeds what the coupon says it is at most", () => {
  fc.assert(
    fc.property(discount, total, (discount, total) => {
      const most = discount.type === "FIXED" ? discount.amount : (discount.maxAmount ?? total);
      expect(discountOf(discount, total)).toBeLessThanOrEqual(most);
    }),
  );
});

test("a percentage is rounded down to whole KRW, exactly, at any size", () => {
  fc.assert(
    fc.property(percent, total, (percent, total) => {
      const exact = (BigInt(total) * BigInt(percent)) / 100n;
      const off = discountOf({ type: "PERCENT", percent, maxAmount: null }, total);
      expect(BigInt(off)).toBe(exact);
    }),
  );
});

test("a dearer order is never discounted less", () => {
  fc.assert(
    fc.property(discount, total, total, (discount, one, other) => {
      const [less, more] = one < other ? [one, other] : [other, one];
      expect(discountOf(discount, less)).toBeLessThanOrEqual(discountOf(discount, more));
    }),
  );
});
