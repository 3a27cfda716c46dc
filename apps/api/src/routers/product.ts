import {
  popularProductsSchema,
  productByIdInputSchema,
  productListInputSchema,
  productPageSchema,
  productSchema,
} from "@stampede/core/product/schema";
import { listProducts } from "@stampede/db/read/products";
import { Refused } from "../refused.ts";
import { noInputSchema, publicProcedure, router } from "../trpc/procedures.ts";

export const productRouter = router({
  /** P1 */
  list: publicProcedure
    .input(productListInputSchema.prefault({}))
    .output(productPageSchema)
    .query(({ ctx, input }) => listProducts(ctx.shop.db, input)),

  /** P1 */
  byId: publicProcedure
    .input(productByIdInputSchema)
    .output(productSchema)
    .query(async ({ ctx, input }) => {
      const product = await ctx.shop.shared.product(input.productId);
      if (!product) throw new Refused({ reason: "PRODUCT_NOT_FOUND" });
      return product;
    }),

  /** T1, T2 */
  popular: publicProcedure
    .input(noInputSchema)
    .output(popularProductsSchema)
    .query(({ ctx }) => ctx.shop.shared.popularProducts()),
});
