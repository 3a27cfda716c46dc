import { expect, test } from "vitest";
import { encodeCursor } from "./ids.ts";
import { pageInputSchema } from "./page.ts";

const id = "019abc00-0000-7000-8000-000000000001";

test("a page is the first twenty unless its reader says otherwise", () => {
  expect(pageInputSchema.parse({})).toEqual({ limit: 20 });
});

test.each([1, 20, 100])("a page may have %d rows", (limit) => {
  expect(pageInputSchema.parse({ limit })).toEqual({ limit });
});

test.each([0, 101, -1, 1.5, Number.NaN, "20", null])("a page cannot have %j rows", (limit) => {
  expect(pageInputSchema.safeParse({ limit }).success).toBe(false);
});

test("a page goes on where a cursor says", () => {
  const cursor = encodeCursor({ position: 7, id });
  expect(pageInputSchema.parse({ cursor, limit: 5 })).toEqual({ cursor, limit: 5 });
});

test("a field that no list knows is refused, so that a slip is noticed", () => {
  expect(pageInputSchema.safeParse({ offset: 20 }).success).toBe(false);
});
