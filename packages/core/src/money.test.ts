import { expect, test } from "vitest";
import { krwSchema } from "./fields.ts";
import { priceMax } from "./money.ts";
import { orderItemsMax, orderQuantityMax } from "./order/policy.ts";

test.each([0, 1, 1_000_000_000])("%d KRW is an amount", (amount) => {
  expect(krwSchema.parse(amount)).toBe(amount);
});

test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, "1000", null])("%j is no amount", (amount) => {
  expect(krwSchema.safeParse(amount).success).toBe(false);
});

test("a percentage of the dearest order there can be is still exact", () => {
  expect(Number.isSafeInteger(orderItemsMax * orderQuantityMax * priceMax * 100)).toBe(true);
});
