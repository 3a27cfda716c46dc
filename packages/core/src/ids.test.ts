import { expect, test } from "vitest";
import {
  cursorSchema,
  decodeCursor,
  encodeCursor,
  idempotencyKeySchema,
  idInputSchema,
  isId,
} from "./ids.ts";

const id = "019abc00-0000-7000-8000-000000000001";

test("an id of ours is a UUID as the shop writes it", () => {
  expect(isId(id)).toBe(true);
});

test.each([
  "",
  "1",
  id.toUpperCase(),
  id.replaceAll("-", ""),
  `{${id}}`,
  ` ${id}`,
  `${id}\n`,
  `${id},${id}`,
  id.replace("9", "g"),
  `${id}'; drop table orders; --`,
])("%j can be no id of ours", (text) => {
  expect(isId(text)).toBe(false);
});

test.each(["no-such-thing", "1", "a'b", "\u0000", "🧶", "x".repeat(128), id])(
  "%j is well-formed as an id, whatever it names",
  (text) => {
    expect(idInputSchema.parse(text)).toBe(text);
  },
);

test.each(["", "x".repeat(129), 1, null, {}])("%j is not well-formed as an id", (value) => {
  expect(idInputSchema.safeParse(value).success).toBe(false);
});

test.each(["12345678", "a-b_C-9_", id, "x".repeat(128)])("%j is an idempotency key", (key) => {
  expect(idempotencyKeySchema.parse(key)).toBe(key);
});

test.each([
  "",
  "1234567",
  "x".repeat(129),
  "with space",
  "sla/shes",
  "dots.dots",
  "quote's-here",
  "열쇠열쇠열쇠열쇠",
  "12345678\n",
  "12345678\u0000",
  12_345_678,
  null,
])("%j is no idempotency key", (key) => {
  expect(idempotencyKeySchema.safeParse(key).success).toBe(false);
});

test("a cursor is where a page ended, and comes back as it went", () => {
  const cursor = { position: Date.parse("2026-11-22T12:00:00.123Z"), id };
  expect(encodeCursor(cursor)).toBe(`1795348800123_${id}`);
  expect(cursorSchema.parse(encodeCursor(cursor))).toBe(encodeCursor(cursor));
  expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
});

test("a cursor stands at a moment that an instant can say", () => {
  const last = Date.parse("9999-12-31T23:59:59.999Z");
  const at = (position: number) => cursorSchema.safeParse(encodeCursor({ position, id })).success;
  expect([0, last, last + 1].map(at)).toEqual([true, true, false]);
});

test.each([
  "",
  "7",
  id,
  `7_${id}x`,
  `7_${id.toUpperCase()}`,
  `-7_${id}`,
  `7.5_${id}`,
  `1e3_${id}`,
  `_${id}`,
  `1234567890123456_${id}`,
  `7_${id}\n`,
  `7_' or true --`,
])("%j is no cursor of ours", (text) => {
  expect(cursorSchema.safeParse(text).success).toBe(false);
  expect(() => decodeCursor(text)).toThrow("not a cursor");
});
