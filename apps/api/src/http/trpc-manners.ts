import type { TRPCError } from "@trpc/server";
import type { Context } from "../trpc/context.ts";
import { explain } from "../trpc/error-shape.ts";

/* What both ways of answering tRPC's protocol do alike. */

/** Calls in one HTTP request; a page of the storefront makes a handful. */
export const batchSizeMax = 100;

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

/** Nothing here is for a shared cache, and a proxy must not hold back a streamed batch. */
export const metaHeaders = (errors: readonly TRPCError[]): Record<string, string> => {
  const headers: Record<string, string> = { "cache-control": "no-store, no-transform" };
  const waits = errors.map(retryAfterSeconds).filter((wait) => wait > 0);
  if (waits.length > 0) headers["retry-after"] = String(Math.max(...waits));
  return headers;
};

const retryAfterSeconds = (error: TRPCError): number => {
  const { refusal } = explain(error);
  if (refusal.reason === "RATE_LIMITED") return Math.ceil(refusal.retryAfterMs / 1_000);
  return refusal.reason === "OVERLOADED" ? 1 : 0;
};
