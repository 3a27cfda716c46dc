import type { RefusalReason, RetryRule, ShortLine } from "@stampede/core/refusals";

/** A reason of the contract, or the one that only a browser knows: no answer came. */
export type ShownReason = RefusalReason | "NETWORK";

/** What a page shows of a refused request: the reason, and the numbers its sentence needs. */
export interface ShownRefusal {
  readonly reason: ShownReason;
  readonly retry: RetryRule;
  readonly details?: Partial<Record<RefusalNumber, number>> & { readonly lines?: readonly ShortLine[] };
  readonly retryAfterMs?: number;
  readonly requestId?: string;
}

type RefusalNumber =
  | "minimum"
  | "maximum"
  | "limit"
  | "balance"
  | "expected"
  | "actual"
  | "required";

/** No answer, or one that is not the API's: the outcome is unknown and the same key is sent again. */
export const networkRefusal: ShownRefusal = { reason: "NETWORK", retry: "later" };

/** Reads the refusal out of whatever a call of the API threw. */
export const refusalOf = (error: unknown): ShownRefusal => {
  const data = (error as { data?: unknown } | null)?.data as ShownRefusal | null | undefined;
  return typeof data?.reason === "string" ? data : networkRefusal;
};
