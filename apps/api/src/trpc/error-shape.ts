import { describeRefusal, type InputIssue, type Refusal, type RetryRule } from "@stampede/core/refusals";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { z } from "zod";
import { Refused, refusalOf } from "../refused.ts";

/** What an error means in the shop's terms: the refusal, tRPC's code, and a sentence for people. */
export interface Explanation {
  readonly refusal: Refusal;
  readonly code: TRPCError["code"];
  readonly retry: RetryRule;
  readonly message: string;
}

/** tRPC's own refusals of a request that never reached a procedure; all of them are bad input. */
const protocolMessages: Partial<Record<TRPCError["code"], string>> = {
  NOT_FOUND: "There is no such procedure.",
  METHOD_NOT_SUPPORTED: "Queries are asked with GET, mutations with POST.",
  PAYLOAD_TOO_LARGE: "The request body is too large.",
  UNSUPPORTED_MEDIA_TYPE: "Send the input as application/json.",
  PARSE_ERROR: "The input is not valid JSON.",
  FORBIDDEN: "Another site's page sent this; with a session cookie only the shop's own pages may.",
};

const explanations = new WeakMap<TRPCError, Explanation>();

/** Refusals keep their reason, bad input says where, and nothing else of an error is shown. */
export const explain = (error: TRPCError): Explanation => {
  let explanation = explanations.get(error);
  // Log, headers and body all ask.
  if (!explanation) explanations.set(error, (explanation = explanationOf(error)));
  return explanation;
};

const explanationOf = (error: TRPCError): Explanation => {
  const { cause, code } = error;
  if (cause instanceof Refused || code === "INTERNAL_SERVER_ERROR")
    return explained(refusalOf(cause ?? error));
  if (cause instanceof z.core.$ZodError)
    return explained({ reason: "INVALID_INPUT", issues: cause.issues.map(toInputIssue) });

  const message = protocolMessages[code] ?? "The request is not well-formed.";
  if (code === "FORBIDDEN") return { refusal: { reason: "FORBIDDEN" }, code, retry: "never", message };
  return {
    refusal: { reason: "INVALID_INPUT", issues: [{ path: [], message }] },
    // tRPC's name for a broken text; the contract knows it as BAD_REQUEST.
    code: code === "PARSE_ERROR" ? "BAD_REQUEST" : code,
    retry: "never",
    message,
  };
};

const explained = (refusal: Refusal): Explanation => ({ refusal, ...describeRefusal(refusal) });

const toInputIssue = ({ path, message }: z.core.$ZodIssue): InputIssue => ({
  path: path.filter((step) => typeof step !== "symbol"),
  message,
});

const codes = Object.keys(TRPC_ERROR_CODES_BY_KEY) as TRPCError["code"][];
const statuses = new Map(
  codes.map((code) => [code, getHTTPStatusCodeFromError(new TRPCError({ code }))]),
);

/** The HTTP status that tRPC has for a code. */
export const statusOf = (code: TRPCError["code"]): number => statuses.get(code) ?? 500;

/** The `data` of every error that leaves the API. */
export interface ErrorData {
  readonly code: TRPCError["code"];
  readonly httpStatus: number;
  readonly path?: string;
  readonly requestId?: string;
  readonly reason: Refusal["reason"];
  readonly retry: RetryRule;
  readonly details?: Extract<Refusal, { details: unknown }>["details"];
  readonly issues?: readonly InputIssue[];
}

/** The wire form of an error: an allow-list, so that no stack, SQL or driver text can leak. */
export const errorShape = (
  error: TRPCError,
  path: string | undefined,
  requestId: string | undefined,
) => {
  const { refusal, code, retry, message } = explain(error);
  const data: ErrorData = {
    code,
    httpStatus: statusOf(code),
    ...(path !== undefined && { path }),
    ...(requestId !== undefined && { requestId }),
    reason: refusal.reason,
    retry,
    ...("details" in refusal && { details: refusal.details }),
    ...("issues" in refusal && { issues: refusal.issues }),
  };
  return { code: TRPC_ERROR_CODES_BY_KEY[code], message, data };
};
