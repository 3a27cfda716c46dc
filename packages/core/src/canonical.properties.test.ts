import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";

/** The same value with the keys of every object in it in another order. */
const withKeysTurned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withKeysTurned);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => [key, withKeysTurned(field)] as const);
  return Object.fromEntries(fields.reverse());
};

// Keys named `__proto__` are left out: `Object.fromEntries` in this test would take them badly.
const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes("__"));

test("it is JSON that says the same", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("it is the same text whatever the order of keys", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(withKeysTurned(value))).toBe(canonicalJson(value));
    }),
  );
});

test("two values have the same text only if they say the same", () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      if (canonicalJson(one) !== canonicalJson(other)) return;
      expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
    }),
  );
});
