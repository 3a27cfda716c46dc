import { afterAll, beforeAll, expect, test } from "vitest";
import { withAdvisoryLock } from "./advisory-lock.ts";
import { createTestDatabase } from "./testing/database.ts";
import type { TestDatabase } from "./testing/server.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const nap = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("of programs that start at once one works and the others wait", async () => {
  let working = 0;
  const atOnce: number[] = [];
  const start = () =>
    withAdvisoryLock(database.url, 7, async () => {
      atOnce.push(++working);
      await nap(10);
      working--;
      return "done";
    });
  expect(await Promise.all([start(), start(), start(), start()])).toEqual(
    Array.from({ length: 4 }, () => "done"),
  );
  expect(atOnce).toEqual([1, 1, 1, 1]);
});

test("one that fails lets the next one in", async () => {
  const failing = withAdvisoryLock(database.url, 7, () => Promise.reject(new Error("failed")));
  await expect(failing).rejects.toThrow("failed");
  expect(await withAdvisoryLock(database.url, 7, () => Promise.resolve("in"))).toBe("in");
});

test("who asks for another lock waits for nobody", async () => {
  const outcome = withAdvisoryLock(database.url, 7, () =>
    withAdvisoryLock(database.url, 8, () => Promise.resolve("both")),
  );
  expect(await outcome).toBe("both");
});
