import { instantSchema } from "@stampede/core/fields";
import { toInstant } from "@stampede/core/time";
import { z } from "zod";
import { noInputSchema, publicProcedure, router } from "../trpc/procedures.ts";

export const shopRouter = router({
  /** The server's clock, for countdowns. Also what an empty call costs, for the bench. */
  clock: publicProcedure
    .input(noInputSchema)
    .output(z.strictObject({ now: instantSchema }))
    .query(() => ({ now: toInstant(Date.now()) })),
});
