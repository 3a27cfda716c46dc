import { expect, test } from "vitest";
import {
  formatCount,
  formatCountdown,
  formatDiscount,
  formatKrw,
  formatMoment,
  formatNear,
  formatTaken,
} from "./format.ts";

test.each([
  [0, "0원", "₩0"],
  [999, "999원", "₩999"],
  [12_000, "12,000원", "₩12,000"],
  [1_000_000_000, "1,000,000,000원", "₩1,000,000,000"],
])("%d won is written %s and %s", (amount, ko, en) => {
  expect(formatKrw(amount, "ko")).toBe(ko);
  expect(formatKrw(amount, "en")).toBe(en);
});

test("nothing taken off has no sign", () => {
  expect(formatTaken(0, "ko")).toBe("0원");
  expect(formatTaken(0, "en")).toBe("₩0");
  expect(formatTaken(3_000, "ko")).toBe("−3,000원");
  expect(formatTaken(3_000, "en")).toBe("−₩3,000");
});

test("a discount is an amount or a share", () => {
  expect(formatDiscount({ type: "FIXED", amount: 3_000 }, "ko")).toBe("3,000원");
  expect(formatDiscount({ type: "PERCENT", percent: 30, maxAmount: null }, "en")).toBe("30%");
  expect(formatCount(1_234_567, "ko")).toBe("1,234,567");
});

test.each([
  ["2026-12-06T10:43:59.999Z", "2026년 12월 6일 19:43", "19:43, 6 Dec, 2026"],
  // The day starts in Seoul, and its first hour is 00.
  ["2026-12-05T15:00:00.000Z", "2026년 12월 6일 00:00", "00:00, 6 Dec, 2026"],
  ["2026-12-31T15:05:00.000Z", "2027년 1월 1일 00:05", "00:05, 1 Jan, 2027"],
])("%s is %s in Seoul", (instant, ko, en) => {
  expect(formatMoment(instant, "ko")).toBe(ko);
  expect(formatMoment(instant, "en")).toBe(en);
  expect(formatNear(instant, "ko")).toBe(ko.replace(/^\d+년 /, ""));
  expect(formatNear(instant, "en")).toBe(en.replace(/, \d+$/, ""));
});

test.each([
  [-5_000, "00:00:00"],
  [0, "00:00:00"],
  // A part of a second is still to wait for.
  [1, "00:00:01"],
  [1_000, "00:00:01"],
  [1_001, "00:00:02"],
  [3_599_000, "00:59:59"],
  [86_399_000, "23:59:59"],
])("%d ms to wait are %s", (ms, text) => {
  expect(formatCountdown(ms, "ko")).toBe(text);
  expect(formatCountdown(ms, "en")).toBe(text);
});

test("days of waiting stand before the hours", () => {
  const ms = 2 * 86_400_000 + 3 * 3_600_000 + 4 * 60_000 + 5_000;
  expect(formatCountdown(ms, "ko")).toBe("2일 03:04:05");
  expect(formatCountdown(ms, "en")).toBe("2d 03:04:05");
  expect(formatCountdown(86_400_000, "ko")).toBe("1일 00:00:00");
});
