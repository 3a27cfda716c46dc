import type { Krw } from "../money.ts";

/** What a coupon takes off: an amount, or a percentage with a most. */
export type Discount =
  | { readonly type: "FIXED"; readonly amount: Krw }
  | { readonly type: "PERCENT"; readonly percent: number; readonly maxAmount: Krw | null };

/** What a coupon takes off a total: a percentage is rounded down, and never more than the total. */
export const discountOf = (discount: Discount, total: Krw): Krw => {
  if (discount.type === "FIXED") return Math.min(discount.amount, total);
  // 5 * 10^13 (the largest order) times 100 is still a safe integer, so this is exact.
  const share = Math.floor((total * discount.percent) / 100);
  return Math.min(share, discount.maxAmount ?? share);
};
