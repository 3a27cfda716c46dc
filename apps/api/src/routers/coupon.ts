import { claimCoupon } from "@stampede/core/coupon/claim";
import {
  campaignsSchema,
  claimInputSchema,
  issuedCouponPageSchema,
  issuedCouponSchema,
} from "@stampede/core/coupon/schema";
import { pageInputSchema } from "@stampede/core/page";
import { listIssuedCoupons } from "@stampede/db/read/coupons";
import {
  carriesOut,
  noInputSchema,
  publicProcedure,
  router,
  signedInProcedure,
  writingProcedure,
} from "../trpc/procedures.ts";
import { sharedOutput } from "../trpc/shared-answer.ts";

export const couponRouter = router({
  /** The campaigns that are open or still to come. */
  list: publicProcedure
    .input(noInputSchema)
    .output(sharedOutput(campaignsSchema))
    .query(({ ctx }) => ctx.shop.shared.campaigns()),

  /** C1 to C5 */
  claim: writingProcedure
    .input(claimInputSchema)
    .output(issuedCouponSchema)
    .mutation(carriesOut(claimCoupon)),

  mine: signedInProcedure
    .input(pageInputSchema.prefault({}))
    .output(issuedCouponPageSchema)
    .query(({ ctx, input }) => listIssuedCoupons(ctx.shop.db, ctx.user.userId, input)),
});
