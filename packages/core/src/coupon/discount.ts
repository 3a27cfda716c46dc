import { z } from "zod";
import { priceMax, type Krw } from "../money.ts";

const amountField = z.int().min(1).max(priceMax);

export const discountSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("FIXED"), amount: amountField }),
  z.strictObject({
    type: z.literal("PERCENT"),
    percent: z.int().min(1).max(100),
    maxAmount: amountField.nullable(),
  }),
]);
export type Discount = z.output<typeof discountSchema>;

/** What a coupon takes off a total: a percentage is rounded down, and never more than the total. */
export const discountOf = (discount: Discount, total: Krw): Krw => {
  if (discount.type === "FIXED") return Math.min(discount.amount, total);
  // 5 * 10^13 (the largest order) times 100 is still a safe integer, so this is exact.
  const share = Math.floor((total * discount.percent) / 100);
  return Math.min(share, discount.maxAmount ?? share);
};
