import type { TRPCError } from "@trpc/server";
import type { Context } from "../trpc/context.ts";
import { explain } from "../trpc/error-shape.ts";
import { commonHeaders } from "./headers.ts";

/* What both ways of answering tRPC's protocol do alike. */

/** What reached a procedure has its log line already; this is the line of what did not. */
export const logUnreached = (
  { log, requestId }: Context,
  error: TRPCError,
  path: string | undefined,
): void => {
  const { refusal } = explain(error);
  if (refusal.reason === "INVALID_INPUT" && error.cause === undefined)
    log.info({ procedure: path, outcome: refusal.reason, requestId });
};

/** The headers of an answer, and when to come again. */
export const metaHeaders = (errors: readonly TRPCError[]): Record<string, string> => {
  const retryAfter = retryAfterOf(errors);
  return { ...commonHeaders, ...(retryAfter !== undefined && { "retry-after": retryAfter }) };
};

/** Seconds until every refused call may be tried again; `undefined` when none says so. */
export const retryAfterOf = (errors: readonly TRPCError[]): string | undefined => {
  const wait = Math.max(0, ...errors.map(retryAfterSeconds));
  return wait > 0 ? String(wait) : undefined;
};

const retryAfterSeconds = (error: TRPCError): number => {
  const { refusal } = explain(error);
  if (refusal.reason === "RATE_LIMITED") return Math.ceil(refusal.retryAfterMs / 1_000);
  return refusal.reason === "OVERLOADED" ? 1 : 0;
};
