import { expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";

test("the order of keys makes no difference, at any depth", () => {
  const one = { b: 1, a: { d: [{ y: 1, x: 2 }], c: "z" } };
  const other = { a: { c: "z", d: [{ x: 2, y: 1 }] }, b: 1 };
  expect(canonicalJson(one)).toBe('{"a":{"c":"z","d":[{"x":2,"y":1}]},"b":1}');
  expect(canonicalJson(other)).toBe(canonicalJson(one));
});

test("a field that is left out and one that is undefined are alike", () => {
  expect(canonicalJson({ amount: 1, issuedCouponId: undefined })).toBe('{"amount":1}');
});

test("null is not left out", () => {
  expect(canonicalJson({ imageUrl: null })).toBe('{"imageUrl":null}');
});

test("the order of items does make a difference", () => {
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test.each([
  [{ a: "1" }, { a: 1 }],
  [{ a: "null" }, { a: null }],
  [{ a: [] }, { a: {} }],
  [{ a: ["1,2"] }, { a: ["1", "2"] }],
  [{ 'a":1,"b': 1 }, { a: 1, b: 1 }],
  [{ a: "é" }, { a: "e\u0301" }],
])("%j and %j are two inputs", (one, other) => {
  expect(canonicalJson(one)).not.toBe(canonicalJson(other));
});
