import {
  popularProductsSchema,
  productByIdInputSchema,
  productListInputSchema,
  productPageSchema,
  productSchema,
} from "@stampede/core/product/schema";
import { Refused } from "../refused.ts";
import { noInputSchema, publicProcedure, router } from "../trpc/procedures.ts";
import { sharedOutput } from "../trpc/shared-answer.ts";

export const productRouter = router({
  /** P1 */
  list: publicProcedure
    .input(productListInputSchema.prefault({}))
    .output(sharedOutput(productPageSchema))
    .query(({ ctx, input }) => ctx.shop.shared.productPage(input)),

  /** P1 */
  byId: publicProcedure
    .input(productByIdInputSchema)
    .output(sharedOutput(productSchema))
    .query(async ({ ctx, input }) => {
      const product = await ctx.shop.shared.product(input.productId);
      if (!product) throw new Refused({ reason: "PRODUCT_NOT_FOUND" });
      return product;
    }),

  /** T1, T2 */
  popular: publicProcedure
    .input(noInputSchema)
    .output(sharedOutput(popularProductsSchema))
    .query(({ ctx }) => ctx.shop.shared.popularProducts()),
});
