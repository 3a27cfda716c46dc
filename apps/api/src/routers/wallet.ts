import { pageInputSchema } from "@stampede/core/page";
import { chargeWallet } from "@stampede/core/wallet/charge";
import { balanceSchema, chargeInputSchema, historyPageSchema } from "@stampede/core/wallet/schema";
import { listHistory } from "@stampede/db/read/wallet";
import { Refused } from "../refused.ts";
import {
  carriesOut,
  noInputSchema,
  router,
  signedInProcedure,
  writingProcedure,
} from "../trpc/procedures.ts";

export const walletRouter = router({
  /** W1 */
  balance: signedInProcedure
    .input(noInputSchema)
    .output(balanceSchema)
    .query(async ({ ctx }) => {
      const balance = await ctx.shop.shared.balance(ctx.user.userId);
      if (!balance) throw new Refused({ reason: "WALLET_NOT_FOUND" });
      return balance;
    }),

  /** W2 to W7 */
  charge: writingProcedure
    .input(chargeInputSchema)
    .output(balanceSchema)
    .mutation(carriesOut(chargeWallet)),

  /** W3, O6: what the worker has written so far. */
  history: signedInProcedure
    .input(pageInputSchema.prefault({}))
    .output(historyPageSchema)
    .query(({ ctx, input }) => listHistory(ctx.shop.db, ctx.user.userId, input)),
});
