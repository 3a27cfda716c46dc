import { expect, test } from "vitest";
import { chargeInputSchema } from "./schema.ts";

const idempotencyKey = "click-0001";
const accepts = (input: unknown) => chargeInputSchema.safeParse(input).success;

test.each([1_000, 0, -5, 999, 10_000_001, Number.MAX_SAFE_INTEGER])(
  "%d is well-formed: whether it may be charged is a rule with refusals of its own",
  (amount) => {
    expect(chargeInputSchema.parse({ amount, idempotencyKey })).toEqual({ amount, idempotencyKey });
  },
);

test.each([1_000.5, 0.1, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e21, "1000", null, [1000]])(
  "%j is no whole number of KRW",
  (amount) => {
    expect(accepts({ amount, idempotencyKey })).toBe(false);
  },
);

test("a charge without amount or key, or with a field nobody knows, is refused", () => {
  expect(accepts({ amount: 1_000 })).toBe(false);
  expect(accepts({ idempotencyKey })).toBe(false);
  expect(accepts({ amount: 1_000, idempotencyKey, userId: "somebody-else" })).toBe(false);
  expect(accepts({ amount: 1_000, idempotencyKey: "short" })).toBe(false);
});
