import type { Command } from "@stampede/core/decision";
import type { SessionUser } from "@stampede/db/read/sessions";
import type { Transaction } from "@stampede/db/transactions";
import { recordInTrail } from "@stampede/db/write/trail";
import { initTRPC } from "@trpc/server";
import { z } from "zod";
import { Refused } from "../refused.ts";
import type { Context } from "./context.ts";
import { errorShape, explain } from "./error-shape.ts";

const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ error, path, ctx }) => errorShape(error, path, ctx?.requestId),
});

export const router = t.router;

/** The input of a procedure that takes none: absent or empty, never a field. */
export const noInputSchema = z.strictObject({}).nullish();

/** Anyone, signed in or not. */
export const publicProcedure = t.procedure;

const signedIn = (user: SessionUser | undefined): SessionUser => {
  if (!user) throw Refused.because({ reason: "UNAUTHENTICATED" });
  return user;
};

/** Whoever has a valid session; `ctx.user` says who. The user is never taken from input. */
export const signedInProcedure = publicProcedure.use(async ({ ctx, next, type }) => {
  const user = signedIn(await ctx.session());
  if (type === "query") await ctx.rateLimits.countRead(user.userId);
  return await next({ ctx: { user } });
});

/**
 * Signed in, and within what one user may write in a while. For commands: whoever is recognized goes on, and whether
 * the session is still valid is seen in the command's own transaction, not by a query of its own before.
 */
export const writingProcedure = publicProcedure.use(async ({ ctx, next }) => {
  const recognized = ctx.lastSession();
  const user = recognized ?? signedIn(await ctx.session());
  await ctx.rateLimits.countWrite(user.userId);
  const result = await next({ ctx: { user } });
  // Who may not call is told so, and not what was wrong with the input, which is looked at before any lock is taken.
  if (recognized && !result.ok && result.error.code === "BAD_REQUEST") signedIn(await ctx.session());
  return result;
});

/**
 * Signed in with the role `admin`. What is done with its rights, or tried without them, is in the trail.
 * An act that changes something calls `ctx.recordAct` in its own transaction, so that neither is there
 * without the other; a command's entry is its key. The rest is written beside the answer.
 */
export const adminProcedure = signedInProcedure.use(async ({ ctx, next, path }) => {
  const { shop, log, requestId, address, user } = ctx;
  const entry = { action: path, actorId: user.userId, requestId, address };
  const recordBeside = (outcome: string) =>
    void recordInTrail(shop.db, { ...entry, outcome }).catch((error: unknown) =>
      log.error({ err: error, action: path, outcome, requestId }, "an entry is missing in the trail"),
    );
  if (user.role !== "admin") {
    recordBeside("FORBIDDEN");
    throw new Refused({ reason: "FORBIDDEN" });
  }
  let isRecorded = commandPaths.has(path);
  const recordAct = async (tx: Transaction, target: string): Promise<void> => {
    await recordInTrail(tx, { ...entry, outcome: "OK", target });
    isRecorded = true;
  };
  const result = await next({ ctx: { recordAct } });
  if (!result.ok) recordBeside(explain(result.error).refusal.reason);
  else if (!isRecorded) recordBeside("OK");
  return result;
});

/** The procedures that are commands: whoever hears nothing of one may send it again with its key. */
export const commandPaths = new Set<string>();

/** The resolver of a command: everything it does, it does through the shell. */
export const carriesOut = <Input extends object, Reply>(command: Command<Input, Reply>) => {
  commandPaths.add(command.name);
  return (options: {
    readonly ctx: Context & { readonly user: SessionUser };
    readonly input: Input & { readonly idempotencyKey: string };
  }): Promise<Reply> => {
    const { ctx, input } = options;
    const { requestId, address, span, shop, rateLimits, user } = ctx;
    const { userId, token: sessionToken } = user;
    const origin = { requestId, address, span, sessionToken };
    return shop.shell.execute(command, userId, input, origin, () => rateLimits.forgiveWrite(userId));
  };
};
