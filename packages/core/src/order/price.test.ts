import { expect, test } from "vitest";
import { priceMax } from "../money.ts";
import { aProduct } from "../testing/shop.ts";
import { mergeItems, priceOrder, shortLines } from "./price.ts";

const products = new Map(
  [aProduct(), aProduct({ productId: "cups", name: "Cups", price: 2_000, stock: 0 })].map((row) => [
    row.productId,
    row,
  ]),
);

test("lines stand in the order in which their products were first named", () => {
  const named = ["cups", "tea", "cups"].map((productId) => ({ productId, quantity: 2 }));
  expect(mergeItems(named, products)).toEqual([
    { productId: "cups", name: "Cups", unitPrice: 2_000, quantity: 4, available: 0 },
    { productId: "tea", name: "Barley tea", unitPrice: 3_000, quantity: 2, available: 10 },
  ]);
});

test("one unknown product and there are no lines at all", () => {
  const named = ["tea", "unknown"].map((productId) => ({ productId, quantity: 1 }));
  expect(mergeItems(named, products)).toBeUndefined();
});

test("a product named like a built-in property is unknown like any other", () => {
  expect(mergeItems([{ productId: "__proto__", quantity: 1 }], products)).toBeUndefined();
  expect(mergeItems([{ productId: "constructor", quantity: 1 }], products)).toBeUndefined();
});

test("exactly what there is, is not short", () => {
  const line = { productId: "tea", name: "Tea", unitPrice: 1, available: 10 };
  expect(shortLines([{ ...line, quantity: 10 }])).toEqual([]);
  expect(shortLines([{ ...line, quantity: 11 }])).toEqual([
    { productId: "tea", requested: 11, available: 10 },
  ]);
});

test("the total is the sum of the lines, and what is paid is the total less the discount", () => {
  const lines = [
    { unitPrice: 3_333, quantity: 3 },
    { unitPrice: 1, quantity: 2 },
  ];
  expect(priceOrder(lines)).toEqual({
    totalAmount: 10_001,
    discountAmount: 0,
    paidAmount: 10_001,
  });
  expect(priceOrder(lines, { type: "PERCENT", percent: 33, maxAmount: null })).toEqual({
    totalAmount: 10_001,
    discountAmount: 3_300,
    paidAmount: 6_701,
  });
});

test("an empty cart costs nothing, coupon or not", () => {
  const nothing = { totalAmount: 0, discountAmount: 0, paidAmount: 0 };
  expect(priceOrder([])).toEqual(nothing);
  expect(priceOrder([], { type: "FIXED", amount: 500 })).toEqual(nothing);
});

test("the dearest order there can be is priced to the won", () => {
  const lines = Array.from({ length: 50 }, () => ({ unitPrice: priceMax, quantity: 1_000 }));
  lines[0] = { unitPrice: priceMax - 1, quantity: 1_000 };
  expect(priceOrder(lines, { type: "PERCENT", percent: 99, maxAmount: null })).toEqual({
    totalAmount: 49_999_999_999_000,
    discountAmount: 49_499_999_999_010,
    paidAmount: 499_999_999_990,
  });
});
