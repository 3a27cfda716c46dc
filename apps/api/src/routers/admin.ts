import { auditSchema } from "@stampede/core/audit/schema";
import { campaignCreateInputSchema, campaignSchema } from "@stampede/core/coupon/schema";
import { adminOrderPageSchema } from "@stampede/core/order/schema";
import { pageInputSchema } from "@stampede/core/page";
import { restockProduct } from "@stampede/core/product/restock";
import {
  productCreateInputSchema,
  productSchema,
  productUpdateInputSchema,
  restockInputSchema,
} from "@stampede/core/product/schema";
import { listAllOrders } from "@stampede/db/read/orders";
import { createCampaign } from "@stampede/db/write/campaigns";
import { createProduct, updateProduct } from "@stampede/db/write/products";
import { v7 as newId } from "uuid";
import { Refused } from "../refused.ts";
import { adminProcedure, carriesOut, noInputSchema, router } from "../trpc/procedures.ts";

export const adminRouter = router({
  product: router({
    create: adminProcedure
      .input(productCreateInputSchema)
      .output(productSchema)
      .mutation(({ ctx, input }) =>
        ctx.shop.transactions.run(async (tx) => {
          const product = await createProduct(tx, newId(), input);
          await ctx.recordAct(tx, product.productId);
          return product;
        }),
      ),

    update: adminProcedure
      .input(productUpdateInputSchema)
      .output(productSchema)
      .mutation(({ ctx, input }) =>
        ctx.shop.transactions.run(async (tx) => {
          const product = await updateProduct(tx, input);
          if (!product) throw new Refused({ reason: "PRODUCT_NOT_FOUND" });
          await ctx.recordAct(tx, product.productId);
          return product;
        }),
      ),

    restock: adminProcedure
      .input(restockInputSchema)
      .output(productSchema)
      .mutation(carriesOut(restockProduct)),
  }),

  coupon: router({
    create: adminProcedure
      .input(campaignCreateInputSchema)
      .output(campaignSchema)
      .mutation(({ ctx, input }) =>
        ctx.shop.transactions.run(async (tx) => {
          const campaign = await createCampaign(tx, newId(), input);
          await ctx.recordAct(tx, campaign.couponId);
          return campaign;
        }),
      ),
  }),

  order: router({
    list: adminProcedure
      .input(pageInputSchema.prefault({}))
      .output(adminOrderPageSchema)
      .query(({ ctx, input }) => listAllOrders(ctx.shop.db, input)),
  }),

  /** The shop's reconciliation, on the live system, without a lock. */
  audit: adminProcedure
    .input(noInputSchema)
    .output(auditSchema)
    .query(({ ctx }) => ctx.shop.shared.audit()),
});
