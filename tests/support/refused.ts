import type { TRPCClientError } from "@trpc/client";
import { expect } from "vitest";
import { refusalOf, type RefusalData } from "./client.ts";

/**
 * The contract's table of errors, written down a second time: code, HTTP status, and whether the
 * same request may be sent again.
 */
export const errorTable = {
  UNAUTHENTICATED: ["UNAUTHORIZED", 401, "afterChange"],
  FORBIDDEN: ["FORBIDDEN", 403, "never"],
  INVALID_INPUT: ["BAD_REQUEST", 400, "never"],
  WALLET_NOT_FOUND: ["NOT_FOUND", 404, "never"],
  CHARGE_BELOW_MINIMUM: ["BAD_REQUEST", 400, "never"],
  CHARGE_ABOVE_MAXIMUM: ["BAD_REQUEST", 400, "never"],
  BALANCE_LIMIT_EXCEEDED: ["CONFLICT", 409, "afterChange"],
  PRODUCT_NOT_FOUND: ["NOT_FOUND", 404, "never"],
  INSUFFICIENT_STOCK: ["CONFLICT", 409, "afterChange"],
  PRICE_CHANGED: ["CONFLICT", 409, "afterChange"],
  INSUFFICIENT_BALANCE: ["CONFLICT", 409, "afterChange"],
  ORDER_NOT_FOUND: ["NOT_FOUND", 404, "never"],
  COUPON_NOT_FOUND: ["NOT_FOUND", 404, "never"],
  COUPON_NOT_OPEN: ["CONFLICT", 409, "afterChange"],
  COUPON_SOLD_OUT: ["CONFLICT", 409, "never"],
  COUPON_ALREADY_ISSUED: ["CONFLICT", 409, "never"],
  COUPON_NOT_VALID_NOW: ["CONFLICT", 409, "afterChange"],
  COUPON_ALREADY_USED: ["CONFLICT", 409, "never"],
  IDEMPOTENCY_KEY_REUSED: ["CONFLICT", 409, "never"],
  RATE_LIMITED: ["TOO_MANY_REQUESTS", 429, "later"],
  OVERLOADED: ["SERVICE_UNAVAILABLE", 503, "later"],
  INTERNAL: ["INTERNAL_SERVER_ERROR", 500, "later"],
} as const satisfies Record<RefusalData["reason"], readonly [string, number, string]>;

/** How it was refused; fails when it was not. */
export async function refusalFrom(asked: Promise<unknown>): Promise<RefusalData> {
  const error = await asked.then(
    (value) => {
      throw new Error(`not refused but answered: ${JSON.stringify(value)}`);
    },
    (thrown: unknown) => thrown,
  );
  const data = refusalOf(error);
  if (data === undefined) throw error;
  // A sentence for people, never a name of ours.
  expect((error as TRPCClientError<never>).message).toMatch(/^[A-Z0-9]\S* .+/s);
  return data;
}

/** It is refused for this reason, with exactly the fields the contract promises and no others. */
export async function expectRefused(
  asked: Promise<unknown>,
  reason: RefusalData["reason"],
  more: { readonly details?: unknown; readonly issues?: unknown } = {},
): Promise<void> {
  const [code, httpStatus, retry] = errorTable[reason];
  expect(await refusalFrom(asked)).toEqual({
    code,
    httpStatus,
    reason,
    retry,
    path: expect.stringMatching(/^[a-z.A-Z]+$/),
    requestId: expect.stringMatching(/^[\w-]{8,64}$/),
    ...more,
  });
}
