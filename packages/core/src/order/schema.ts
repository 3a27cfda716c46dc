import { z } from "zod";
import { instantSchema, krwSchema } from "../fields.ts";
import { idempotencyKeySchema, idInputSchema, idSchema } from "../ids.ts";
import { pageOf } from "../page.ts";
import { orderItemsMax, orderQuantityMax } from "./policy.ts";

export const orderItemSchema = z.strictObject({
  productId: idInputSchema,
  quantity: z.int().min(1).max(orderQuantityMax),
});
export type OrderItem = z.output<typeof orderItemSchema>;

export const placeOrderInputSchema = z.strictObject({
  items: z.array(orderItemSchema).min(1).max(orderItemsMax),
  issuedCouponId: idInputSchema.optional(),
  expectedPaidAmount: z.int().nonnegative().optional(),
  idempotencyKey: idempotencyKeySchema,
});
export type PlaceOrderInput = Omit<z.output<typeof placeOrderInputSchema>, "idempotencyKey">;

const amounts = {
  orderId: idSchema,
  totalAmount: krwSchema,
  discountAmount: krwSchema,
  paidAmount: krwSchema,
  paidAt: instantSchema,
};

/** O5: what a successful order answers. */
export const placedOrderSchema = z.strictObject({ ...amounts, balance: krwSchema });
export type PlacedOrder = z.output<typeof placedOrderSchema>;

export const orderLineSchema = z.strictObject({
  productId: idSchema,
  name: z.string(),
  unitPrice: krwSchema,
  quantity: z.int().positive(),
});

export const orderSchema = z.strictObject({ ...amounts, lines: z.array(orderLineSchema) });
export type Order = z.output<typeof orderSchema>;
export const orderPageSchema = pageOf(orderSchema);

export const orderByIdInputSchema = z.strictObject({ orderId: idInputSchema });

export const adminOrderSchema = orderSchema.extend({ userId: idSchema });
export type AdminOrder = z.output<typeof adminOrderSchema>;
export const adminOrderPageSchema = pageOf(adminOrderSchema);
