import { expect, test } from "vitest";
import { checkoutHref } from "../checkout/checkout-href.ts";
import { safeNext } from "./auth.ts";

test.each(["/", "/wallet", "/checkout?product=p&quantity=2", "/orders/1?placed#top"])(
  "%s is a place of this shop",
  (next) => {
    expect(safeNext(next)).toBe(next);
  },
);

test.each([
  undefined,
  "",
  "wallet",
  "https://elsewhere.example",
  "//elsewhere.example",
  "/\\elsewhere.example",
  // A browser drops tabs and line breaks out of an address before it goes there.
  "/\t/elsewhere.example",
  "/\n/elsewhere.example",
  "\t//elsewhere.example",
  "javascript:alert(1)",
])("%j leads home", (next) => {
  expect(safeNext(next)).toBe("/");
});

test("the checkout's address says what is bought at once", () => {
  expect(checkoutHref(null)).toBe("/checkout");
  expect(checkoutHref({ productId: "a b&c", quantity: 3 })).toBe(
    "/checkout?product=a+b%26c&quantity=3",
  );
});
