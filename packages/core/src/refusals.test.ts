import { expect, expectTypeOf, test } from "vitest";
import {
  describeRefusal,
  refusalPolicies,
  type Refusal,
  type RefusalOf,
  type RefusalReason,
} from "./refusals.ts";

/** The table "Errors" of the contract, row by row: reason, tRPC's code. Public, so written out. */
const contract = [
  ["UNAUTHENTICATED", "UNAUTHORIZED"],
  ["FORBIDDEN", "FORBIDDEN"],
  ["INVALID_INPUT", "BAD_REQUEST"],
  ["WALLET_NOT_FOUND", "NOT_FOUND"],
  ["CHARGE_BELOW_MINIMUM", "BAD_REQUEST"],
  ["CHARGE_ABOVE_MAXIMUM", "BAD_REQUEST"],
  ["BALANCE_LIMIT_EXCEEDED", "CONFLICT"],
  ["PRODUCT_NOT_FOUND", "NOT_FOUND"],
  ["INSUFFICIENT_STOCK", "CONFLICT"],
  ["PRICE_CHANGED", "CONFLICT"],
  ["INSUFFICIENT_BALANCE", "CONFLICT"],
  ["ORDER_NOT_FOUND", "NOT_FOUND"],
  ["COUPON_NOT_FOUND", "NOT_FOUND"],
  ["COUPON_NOT_OPEN", "CONFLICT"],
  ["COUPON_SOLD_OUT", "CONFLICT"],
  ["COUPON_ALREADY_ISSUED", "CONFLICT"],
  ["COUPON_NOT_VALID_NOW", "CONFLICT"],
  ["COUPON_ALREADY_USED", "CONFLICT"],
  ["IDEMPOTENCY_KEY_REUSED", "CONFLICT"],
  ["RATE_LIMITED", "TOO_MANY_REQUESTS"],
  ["OVERLOADED", "SERVICE_UNAVAILABLE"],
  ["INTERNAL", "INTERNAL_SERVER_ERROR"],
] as const;

/** One of each, with the numbers its sentence needs. */
const examples: { readonly [R in RefusalReason]: RefusalOf<R> } = {
  UNAUTHENTICATED: { reason: "UNAUTHENTICATED" },
  FORBIDDEN: { reason: "FORBIDDEN" },
  INVALID_INPUT: {
    reason: "INVALID_INPUT",
    issues: [{ path: ["items", 0, "quantity"], message: "Too small" }],
  },
  WALLET_NOT_FOUND: { reason: "WALLET_NOT_FOUND" },
  CHARGE_BELOW_MINIMUM: { reason: "CHARGE_BELOW_MINIMUM", details: { minimum: 1_000 } },
  CHARGE_ABOVE_MAXIMUM: { reason: "CHARGE_ABOVE_MAXIMUM", details: { maximum: 10_000_000 } },
  BALANCE_LIMIT_EXCEEDED: {
    reason: "BALANCE_LIMIT_EXCEEDED",
    details: { limit: 1_000_000_000, balance: 999_999_000 },
  },
  PRODUCT_NOT_FOUND: { reason: "PRODUCT_NOT_FOUND" },
  INSUFFICIENT_STOCK: {
    reason: "INSUFFICIENT_STOCK",
    details: { lines: [{ productId: "tea", requested: 3, available: 2 }] },
  },
  PRICE_CHANGED: { reason: "PRICE_CHANGED", details: { expected: 1_000, actual: 1_200 } },
  INSUFFICIENT_BALANCE: {
    reason: "INSUFFICIENT_BALANCE",
    details: { required: 12_000, balance: 9_000 },
  },
  ORDER_NOT_FOUND: { reason: "ORDER_NOT_FOUND" },
  COUPON_NOT_FOUND: { reason: "COUPON_NOT_FOUND" },
  COUPON_NOT_OPEN: { reason: "COUPON_NOT_OPEN" },
  COUPON_SOLD_OUT: { reason: "COUPON_SOLD_OUT" },
  COUPON_ALREADY_ISSUED: { reason: "COUPON_ALREADY_ISSUED" },
  COUPON_NOT_VALID_NOW: { reason: "COUPON_NOT_VALID_NOW" },
  COUPON_ALREADY_USED: { reason: "COUPON_ALREADY_USED" },
  IDEMPOTENCY_KEY_REUSED: { reason: "IDEMPOTENCY_KEY_REUSED" },
  RATE_LIMITED: { reason: "RATE_LIMITED", retryAfterMs: 1_200 },
  OVERLOADED: { reason: "OVERLOADED" },
  INTERNAL: { reason: "INTERNAL" },
};

test("the shop refuses for the reasons of the contract, and for no other", () => {
  expect(Object.keys(refusalPolicies).sort()).toEqual(contract.map(([reason]) => reason).sort());
});

test.each(contract)("%s is tRPC's %s", (reason, code) => {
  expect(describeRefusal(examples[reason]).code).toBe(code);
});

test("what may be sent again as it is, is what the shop was too busy for or broke at", () => {
  const later = Object.entries(refusalPolicies).filter(([, { retry }]) => retry === "later");
  expect(later.map(([reason]) => reason)).toEqual(["RATE_LIMITED", "OVERLOADED", "INTERNAL"]);
});

test("what may be sent again after a change is what a person, the shop or time can change", () => {
  const after = Object.entries(refusalPolicies).filter(([, { retry }]) => retry === "afterChange");
  expect(after.map(([reason]) => reason)).toEqual([
    "UNAUTHENTICATED",
    "BALANCE_LIMIT_EXCEEDED",
    "INSUFFICIENT_STOCK",
    "PRICE_CHANGED",
    "INSUFFICIENT_BALANCE",
    "COUPON_NOT_OPEN",
    "COUPON_NOT_VALID_NOW",
  ]);
});

test.each(Object.entries(examples))("%s is told in a sentence of its own", (_reason, refusal) => {
  const { message } = describeRefusal(refusal);
  expect(message).toMatch(/^[A-Z].*\.$|^[A-Z].*: Too small$/);
  expect(message).not.toMatch(/undefined|null|NaN|\[object/);
  const others = Object.values(examples).filter(({ reason }) => reason !== refusal.reason);
  expect(others.map((other) => describeRefusal(other).message)).not.toContain(message);
});

test("a sentence has the numbers that made it", () => {
  expect(describeRefusal(examples.CHARGE_BELOW_MINIMUM).message).toContain("1,000 KRW");
  expect(describeRefusal(examples.CHARGE_ABOVE_MAXIMUM).message).toContain("10,000,000 KRW");
  expect(describeRefusal(examples.BALANCE_LIMIT_EXCEEDED).message).toMatch(
    /1,000,000,000 KRW.* 999,999,000 KRW/,
  );
  expect(describeRefusal(examples.INSUFFICIENT_STOCK).message).toBe("Only 2 of the 3 are left.");
  expect(describeRefusal(examples.PRICE_CHANGED).message).toMatch(/1,200 KRW.* 1,000 KRW/);
  expect(describeRefusal(examples.INSUFFICIENT_BALANCE).message).toMatch(/9,000 KRW.* 12,000 KRW/);
  expect(describeRefusal(examples.RATE_LIMITED).message).toContain("2 s");
});

test("several short lines are counted in the sentence", () => {
  const lines = ["tea", "cups"].map((productId) => ({ productId, requested: 3, available: 2 }));
  expect(describeRefusal({ reason: "INSUFFICIENT_STOCK", details: { lines } }).message).toBe(
    "2 of the products are not in stock in the quantity asked for.",
  );
});

test("an invalid input is told with the place of its first issue", () => {
  const message = "Expected number";
  const told = (issues: RefusalOf<"INVALID_INPUT">["issues"]) =>
    describeRefusal({ reason: "INVALID_INPUT", issues }).message;
  expect(told([{ path: ["items", 0, "quantity"], message }])).toBe(
    "The input is not valid at items.0.quantity: Expected number",
  );
  expect(told([{ path: [], message }])).toBe("The input is not valid at its top: Expected number");
  expect(told([])).toBe("The input is not valid.");
});

test("a reason without its row does not compile", () => {
  const { ORDER_NOT_FOUND: _, ...withoutOne } = refusalPolicies;
  // @ts-expect-error -- a table that lacks ORDER_NOT_FOUND is not the table of refusals
  const table: typeof refusalPolicies = withoutOne;
  expect(Object.keys(table)).toHaveLength(contract.length - 1);
});

test("the types know the contract's reasons exactly, and the numbers of each", () => {
  expectTypeOf<RefusalReason>().toEqualTypeOf<(typeof contract)[number][0]>();
  expectTypeOf<RefusalOf<"INSUFFICIENT_BALANCE">["details"]>().toEqualTypeOf<{
    readonly required: number;
    readonly balance: number;
  }>();
  // @ts-expect-error -- a refusal for want of balance says how much is wanted
  const bare: Refusal = { reason: "INSUFFICIENT_BALANCE" };
  expect(bare.reason).toBe("INSUFFICIENT_BALANCE");
});
