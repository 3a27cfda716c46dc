import type { Krw } from "./money.ts";

/** A line of an order that asks for more than there is. */
export interface ShortLine {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

/** Where an input fails its schema. */
export interface InputIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Everything the shop may refuse, as data: a reason and the numbers its sentence needs.
 * A refusal changes nothing and binds no idempotency key.
 */
export type Refusal =
  | { readonly reason: "UNAUTHENTICATED" }
  | { readonly reason: "FORBIDDEN" }
  | { readonly reason: "INVALID_INPUT"; readonly issues: readonly InputIssue[] }
  | { readonly reason: "WALLET_NOT_FOUND" }
  | { readonly reason: "CHARGE_BELOW_MINIMUM"; readonly details: { readonly minimum: Krw } }
  | { readonly reason: "CHARGE_ABOVE_MAXIMUM"; readonly details: { readonly maximum: Krw } }
  | {
      readonly reason: "BALANCE_LIMIT_EXCEEDED";
      readonly details: { readonly limit: Krw; readonly balance: Krw };
    }
  | { readonly reason: "PRODUCT_NOT_FOUND" }
  | {
      readonly reason: "INSUFFICIENT_STOCK";
      readonly details: { readonly lines: readonly ShortLine[] };
    }
  | {
      readonly reason: "PRICE_CHANGED";
      readonly details: { readonly expected: Krw; readonly actual: Krw };
    }
  | {
      readonly reason: "INSUFFICIENT_BALANCE";
      readonly details: { readonly required: Krw; readonly balance: Krw };
    }
  | { readonly reason: "ORDER_NOT_FOUND" }
  | { readonly reason: "COUPON_NOT_FOUND" }
  | { readonly reason: "COUPON_NOT_OPEN" }
  | { readonly reason: "COUPON_SOLD_OUT" }
  | { readonly reason: "COUPON_ALREADY_ISSUED" }
  | { readonly reason: "COUPON_NOT_VALID_NOW" }
  | { readonly reason: "COUPON_ALREADY_USED" }
  | { readonly reason: "IDEMPOTENCY_KEY_REUSED" }
  | { readonly reason: "RATE_LIMITED"; readonly retryAfterMs: number }
  | { readonly reason: "OVERLOADED" }
  | { readonly reason: "INTERNAL" };

export type RefusalReason = Refusal["reason"];
export type RefusalOf<Reason extends RefusalReason> = Extract<Refusal, { reason: Reason }>;

/** tRPC's names of the statuses a refusal may carry. */
export type RefusalCode =
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "BAD_REQUEST"
  | "NOT_FOUND"
  | "CONFLICT"
  | "TOO_MANY_REQUESTS"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR";

/** Whether the same request may be sent again: never, once its reason is gone, or a little later. */
export type RetryRule = "never" | "afterChange" | "later";

interface RefusalPolicy<Of extends Refusal> {
  readonly code: RefusalCode;
  readonly retry: RetryRule;
  /** A sentence for people: what happened and what to do. */
  readonly message: (refusal: Of) => string;
}

const krw = (amount: Krw) => `${amount.toLocaleString("en-US")} KRW`;

/** The one table of refusals. A reason without its row does not compile. */
export const refusalPolicies: { readonly [R in RefusalReason]: RefusalPolicy<RefusalOf<R>> } = {
  UNAUTHENTICATED: {
    code: "UNAUTHORIZED",
    retry: "afterChange",
    message: () => "Sign in first: there is no valid session.",
  },
  FORBIDDEN: {
    code: "FORBIDDEN",
    retry: "never",
    message: () => "This is for administrators only.",
  },
  INVALID_INPUT: {
    code: "BAD_REQUEST",
    retry: "never",
    message: ({ issues }) =>
      issues[0]
        ? `The input is not valid at ${issues[0].path.join(".") || "its top"}: ${issues[0].message}`
        : "The input is not valid.",
  },
  WALLET_NOT_FOUND: {
    code: "NOT_FOUND",
    retry: "never",
    message: () => "This user has no wallet.",
  },
  CHARGE_BELOW_MINIMUM: {
    code: "BAD_REQUEST",
    retry: "never",
    message: ({ details }) => `Charge at least ${krw(details.minimum)} at a time.`,
  },
  CHARGE_ABOVE_MAXIMUM: {
    code: "BAD_REQUEST",
    retry: "never",
    message: ({ details }) => `Charge at most ${krw(details.maximum)} at a time.`,
  },
  BALANCE_LIMIT_EXCEEDED: {
    code: "CONFLICT",
    retry: "afterChange",
    message: ({ details }) =>
      `A wallet holds at most ${krw(details.limit)}; this one holds ${krw(details.balance)}.`,
  },
  PRODUCT_NOT_FOUND: {
    code: "NOT_FOUND",
    retry: "never",
    message: () => "There is no such product.",
  },
  INSUFFICIENT_STOCK: {
    code: "CONFLICT",
    retry: "afterChange",
    message: ({ details }) =>
      details.lines.length === 1
        ? `Only ${details.lines[0]?.available} of the ${details.lines[0]?.requested} are left.`
        : `${details.lines.length} of the products are not in stock in the quantity asked for.`,
  },
  PRICE_CHANGED: {
    code: "CONFLICT",
    retry: "afterChange",
    message: ({ details }) =>
      `The price has changed: ${krw(details.actual)} would be paid, not ${krw(details.expected)}.`,
  },
  INSUFFICIENT_BALANCE: {
    code: "CONFLICT",
    retry: "afterChange",
    message: ({ details }) =>
      `The balance of ${krw(details.balance)} does not cover ${krw(details.required)}; charge the wallet and send the same order again.`,
  },
  ORDER_NOT_FOUND: {
    code: "NOT_FOUND",
    retry: "never",
    message: () => "There is no such order.",
  },
  COUPON_NOT_FOUND: {
    code: "NOT_FOUND",
    retry: "never",
    message: () => "There is no such coupon.",
  },
  COUPON_NOT_OPEN: {
    code: "CONFLICT",
    retry: "afterChange",
    message: () => "This coupon is not being given out now.",
  },
  COUPON_SOLD_OUT: {
    code: "CONFLICT",
    retry: "never",
    message: () => "All coupons of this campaign have been given out.",
  },
  COUPON_ALREADY_ISSUED: {
    code: "CONFLICT",
    retry: "never",
    message: () => "You have this coupon already.",
  },
  COUPON_NOT_VALID_NOW: {
    code: "CONFLICT",
    retry: "afterChange",
    message: () => "This coupon cannot be used at this time.",
  },
  COUPON_ALREADY_USED: {
    code: "CONFLICT",
    retry: "never",
    message: () => "This coupon has been used already.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    code: "CONFLICT",
    retry: "never",
    message: () => "This idempotency key belongs to another request; send a new one.",
  },
  RATE_LIMITED: {
    code: "TOO_MANY_REQUESTS",
    retry: "later",
    message: ({ retryAfterMs }) =>
      `Too many requests; try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
  },
  OVERLOADED: {
    code: "SERVICE_UNAVAILABLE",
    retry: "later",
    message: () => "The shop is very busy; send the same request again shortly.",
  },
  INTERNAL: {
    code: "INTERNAL_SERVER_ERROR",
    retry: "later",
    message: () => "Something went wrong on our side; with the same idempotency key it is safe to try again.",
  },
};

/** The row of a refusal, with the message already made. */
export const describeRefusal = (refusal: Refusal) => {
  const policy = refusalPolicies[refusal.reason] as RefusalPolicy<Refusal>;
  return { code: policy.code, retry: policy.retry, message: policy.message(refusal) };
};
