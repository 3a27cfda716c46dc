import { z } from "zod";
import { instantSchema, krwSchema } from "../fields.ts";
import { idempotencyKeySchema, idSchema } from "../ids.ts";
import { pageOf } from "../page.ts";

/** Any whole number is well-formed; the charge policy is a rule and has refusals of its own. */
export const chargeInputSchema = z.strictObject({
  amount: z.int(),
  idempotencyKey: idempotencyKeySchema,
});
export type ChargeInput = Omit<z.output<typeof chargeInputSchema>, "idempotencyKey">;

export const balanceSchema = z.strictObject({ userId: idSchema, balance: krwSchema });
export type Balance = z.output<typeof balanceSchema>;

export const pointEntrySchema = z.strictObject({
  entryId: idSchema,
  type: z.enum(["CHARGE", "USE"]),
  amount: krwSchema,
  balanceAfter: krwSchema,
  orderId: idSchema.nullable(),
  createdAt: instantSchema,
});
export type PointEntry = z.output<typeof pointEntrySchema>;

export const historyPageSchema = pageOf(pointEntrySchema);
