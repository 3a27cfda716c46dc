import { z } from "zod";
import { instantInputSchema, instantSchema } from "../fields.ts";
import { idempotencyKeySchema, idInputSchema, idSchema } from "../ids.ts";
import { priceMax } from "../money.ts";
import { pageOf } from "../page.ts";
import { textSchema } from "../text.ts";
import type { Discount } from "./discount.ts";

const amountField = z.int().min(1).max(priceMax);

export const discountSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("FIXED"), amount: amountField }),
  z.strictObject({
    type: z.literal("PERCENT"),
    percent: z.int().min(1).max(100),
    maxAmount: amountField.nullable(),
  }),
]) satisfies z.ZodType<Discount>;

export const campaignSchema = z.strictObject({
  couponId: idSchema,
  name: z.string(),
  discount: discountSchema,
  totalQuantity: z.int().positive(),
  remainingQuantity: z.int().nonnegative(),
  issueStartsAt: instantSchema,
  issueEndsAt: instantSchema,
  validFrom: instantSchema,
  validUntil: instantSchema,
});
export type Campaign = z.output<typeof campaignSchema>;
export const campaignsSchema = z.array(campaignSchema);

export const issuedCouponStatusSchema = z.enum(["ISSUED", "USED", "EXPIRED"]);
export type IssuedCouponStatus = z.output<typeof issuedCouponStatusSchema>;

export const issuedCouponSchema = z.strictObject({
  issuedCouponId: idSchema,
  couponId: idSchema,
  name: z.string(),
  discount: discountSchema,
  sequence: z.int().positive(),
  validFrom: instantSchema,
  validUntil: instantSchema,
  status: issuedCouponStatusSchema,
  issuedAt: instantSchema,
});
export type IssuedCoupon = z.output<typeof issuedCouponSchema>;
export const issuedCouponPageSchema = pageOf(issuedCouponSchema);

export const claimInputSchema = z.strictObject({
  couponId: idInputSchema,
  idempotencyKey: idempotencyKeySchema,
});
export type ClaimInput = Omit<z.output<typeof claimInputSchema>, "idempotencyKey">;

export const campaignCreateInputSchema = z
  .strictObject({
    name: textSchema(200).refine((name) => name.trim() !== "", "A name is needed."),
    discount: discountSchema,
    // Ten million: more than there are shoppers, and sequences stay small integers.
    totalQuantity: z.int().min(1).max(10_000_000),
    issueStartsAt: instantInputSchema,
    issueEndsAt: instantInputSchema,
    validFrom: instantInputSchema,
    validUntil: instantInputSchema,
  })
  .refine(({ issueStartsAt, issueEndsAt }) => issueStartsAt < issueEndsAt, {
    path: ["issueEndsAt"],
    message: "The issue period must end after it starts.",
  })
  .refine(({ validFrom, validUntil }) => validFrom < validUntil, {
    path: ["validUntil"],
    message: "The period of use must end after it starts.",
  });
export type CampaignCreateInput = z.output<typeof campaignCreateInputSchema>;
