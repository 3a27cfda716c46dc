import { expect, test } from "vitest";
import { justAfterNoon, justBeforeNoon, noon, tomorrow } from "./testing/shop.ts";
import { instantInputSchema, instantSchema } from "./fields.ts";
import { isWithin, toInstant } from "./time.ts";

test.each([
  ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000Z"],
  ["2026-11-22T21:00:00+09:00", "2026-11-22T12:00:00.000Z"],
  ["2026-11-22T00:30:00.5+09:30", "2026-11-21T15:00:00.500Z"],
  ["2026-11-22T12:00:00.1239999Z", "2026-11-22T12:00:00.123Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
])("%s comes in as %s", (text, instant) => {
  expect(instantInputSchema.parse(text)).toBe(instant);
});

test.each([
  "2026-11-22",
  "2026-11-22 12:00:00Z",
  "2026-11-22T12:00:00",
  "2026-11-22T12:00Z",
  "2026-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-11-22T24:00:00Z",
  "2026-11-22T12:00:00+9",
  "+012026-11-22T12:00:00Z",
  "yesterday",
  "",
  1_795_348_800_000,
  null,
])("%j is no instant", (text) => {
  expect(instantInputSchema.safeParse(text).success).toBe(false);
});

test.each([
  "0000-06-01T00:00:00Z",
  "0001-01-01T00:00:00+14:00",
  "9999-12-31T23:59:59-01:00",
])("%s is no instant in UTC that four digits can say and PostgreSQL can keep", (text) => {
  expect(instantInputSchema.safeParse(text).success).toBe(false);
});

test("every instant has the one form in which earlier is smaller", () => {
  expect(toInstant(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(toInstant(new Date("2026-11-22T12:00:00+09:00"))).toBe("2026-11-22T03:00:00.000Z");
  // As PostgreSQL tells a timestamptz to a session in UTC.
  expect(toInstant("2026-11-22 12:00:00.123456+00")).toBe("2026-11-22T12:00:00.123Z");
  expect(instantSchema.safeParse(toInstant(0)).success).toBe(true);
});

test("a period has its first millisecond and not its last", () => {
  expect(isWithin(justBeforeNoon, noon, tomorrow)).toBe(false);
  expect(isWithin(noon, noon, tomorrow)).toBe(true);
  expect(isWithin(noon, justBeforeNoon, justAfterNoon)).toBe(true);
  expect(isWithin(justBeforeNoon, justBeforeNoon, noon)).toBe(true);
  expect(isWithin(noon, justBeforeNoon, noon)).toBe(false);
});

test("a period that ends as it starts has no moment", () => {
  expect(isWithin(noon, noon, noon)).toBe(false);
});
