import { placeOrder } from "@stampede/core/order/place";
import {
  orderByIdInputSchema,
  orderPageSchema,
  orderSchema,
  placedOrderSchema,
  placeOrderInputSchema,
} from "@stampede/core/order/schema";
import { pageInputSchema } from "@stampede/core/page";
import { listOrders, readOrder } from "@stampede/db/read/orders";
import { Refused } from "../refused.ts";
import { carriesOut, router, signedInProcedure, writingProcedure } from "../trpc/procedures.ts";

export const orderRouter = router({
  /** O1 to O12 */
  place: writingProcedure
    .input(placeOrderInputSchema)
    .output(placedOrderSchema)
    .mutation(carriesOut(placeOrder)),

  list: signedInProcedure
    .input(pageInputSchema.prefault({}))
    .output(orderPageSchema)
    .query(({ ctx, input }) => listOrders(ctx.shop.db, ctx.user.userId, input)),

  byId: signedInProcedure
    .input(orderByIdInputSchema)
    .output(orderSchema)
    .query(async ({ ctx, input }) => {
      const order = await readOrder(ctx.shop.db, ctx.user.userId, input.orderId);
      if (!order) throw new Refused({ reason: "ORDER_NOT_FOUND" });
      return order;
    }),
});
