import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLines } from "./lines.ts";

test("one at a time under a key, in order; other keys do not wait", async () => {
  const inLine = createLines(5_000);
  const seen: string[] = [];
  const run = (key: string, name: string, ms: number) =>
    inLine(key, async () => {
      seen.push(`${name} in`);
      await sleep(ms);
      seen.push(`${name} out`);
      return name;
    });
  const names = await Promise.all([run("a", "first", 30), run("a", "second", 1), run("b", "other", 1)]);
  expect(names).toEqual(["first", "second", "other"]);
  expect(seen.filter((each) => !each.startsWith("other"))).toEqual(["first in", "first out", "second in", "second out"]);
  expect(seen.indexOf("other out")).toBeLessThan(seen.indexOf("first out"));
});

test("one that fails is its own caller's failure", async () => {
  const inLine = createLines(5_000);
  const failing = inLine("a", () => Promise.reject(new Error("no")));
  const next = inLine("a", () => Promise.resolve("yes"));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("yes");
});

test("one that hangs holds the next only so long", async () => {
  const inLine = createLines(20);
  void inLine("a", () => new Promise(() => {}));
  expect(await inLine("a", () => Promise.resolve("through"))).toBe("through");
});
