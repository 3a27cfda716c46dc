import { afterEach, describe, expect, test } from "vitest";
import { armFailpoints, failpoint } from "./failpoint.ts";

afterEach(() => armFailpoints([]));

const codeAt = async (point: Parameters<typeof failpoint>[0]) =>
  failpoint(point).then(
    () => undefined,
    (error: { code: string }) => error.code,
  );

test("a point that is not armed does nothing", async () => {
  armFailpoints(["node", "main.js", "--failpoints=group.locked=throw:40001"]);
  expect(await codeAt("group.written")).toBeUndefined();
});

test("an armed point does its harm every time, or the one time that is named", async () => {
  armFailpoints(["--failpoints=group.locked=throw:40001,group.written=throw:40P01@2"]);
  const locked = [await codeAt("group.locked"), await codeAt("group.locked")];
  expect(locked).toEqual(["40001", "40001"]);
  const written = [await codeAt("group.written"), await codeAt("group.written"), await codeAt("group.written")];
  expect(written).toEqual([undefined, "40P01", undefined]);
});

test("a delay takes as long as it says", async () => {
  armFailpoints(["--failpoints=relay.moved=delay:80"]);
  const startedAt = performance.now();
  await failpoint("relay.moved");
  expect(performance.now() - startedAt).toBeGreaterThan(75);
});

describe("what is not a failpoint is said at once", () => {
  test.each(["group.locke=kill", "group.locked=die", "group.locked", "", "group.locked=kill@x"])(
    "%j",
    (item) => {
      expect(() => armFailpoints([`--failpoints=${item}`])).toThrow(`No failpoint: "${item}".`);
    },
  );
});
