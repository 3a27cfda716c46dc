import { beforeEach, expect, test } from "vitest";
import { createServerClock } from "./server-clock.ts";

const noon = Date.parse("2026-12-06T12:00:00.000Z");

// Two clocks that a test moves: the truth, and this machine's, which is off by `offMs`.
let trueMs = noon;
let offMs = 0;
const local = () => trueMs + offMs;
const wait = (ms: number) => (trueMs += ms);

/** An answer of the shop: so long there, read, so long back. */
const ask = (clock: ReturnType<typeof createServerClock>, thereMs: number, backMs: number) => {
  const sentAt = local();
  wait(thereMs);
  const server = trueMs;
  wait(backMs);
  clock.note({ server, sentAt, receivedAt: local() });
};

beforeEach(() => {
  trueMs = noon;
  offMs = 0;
});

test("before the first answer nothing is known", () => {
  const clock = createServerClock(local);
  expect(clock.now()).toBeUndefined();
  clock.note({ server: Number.NaN, sentAt: local(), receivedAt: local() });
  expect(clock.now()).toBeUndefined();
});

test.each([0, 7, -3_600_000, 86_400_000])(
  "with a clock that is off by %d ms it is never ahead, and behind by the way back at most",
  (off) => {
    offMs = off;
    const clock = createServerClock(local);
    ask(clock, 30, 200);
    expect(clock.now()).toBe(trueMs - 200);
    wait(5_000);
    expect(clock.now()).toBe(trueMs - 200);
  },
);

test("a faster answer makes it better, a slower one no worse", () => {
  offMs = -1_234;
  const clock = createServerClock(local);
  for (const [backMs, behindMs] of [[400, 400], [900, 400], [20, 20], [150, 20]] as const) {
    ask(clock, 10, backMs);
    expect(clock.now()).toBe(trueMs - behindMs);
    wait(30_000);
  }
});

test("a second's error needs an answer that is a second under way", () => {
  const clock = createServerClock(local);
  for (const [thereMs, backMs] of [[0, 999], [999, 0], [500, 499]] as const) {
    const fresh = createServerClock(local);
    ask(fresh, thereMs, backMs);
    expect(Math.abs((fresh.now() ?? 0) - trueMs)).toBeLessThan(1_000);
    ask(clock, thereMs, backMs);
  }
  expect(clock.now()).toBe(trueMs);
});

test.each([3_600_000, -3_600_000])("a machine whose clock is set by %d ms is right after one answer", (setMs) => {
  const clock = createServerClock(local);
  ask(clock, 20, 20);
  offMs += setMs;
  ask(clock, 20, 30);
  expect(clock.now()).toBe(trueMs - 30);
});
