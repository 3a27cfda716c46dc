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
  const headers: Record<string, string> = { ...commonHeaders };
  const waits = errors.map(retryAfterSeconds).filter((wait) => wait > 0);
  if (waits.length > 0) headers["retry-after"] = String(Math.max(...waits));
  return headers;
};

const retryAfterSeconds = (error: TRPCError): number => {
  const { refusal } = explain(error);
  if (refusal.reason === "RATE_LIMITED") return Math.ceil(refusal.retryAfterMs / 1_000);
  return refusal.reason === "OVERLOADED" ? 1 : 0;
};
