import { failpoints, type Failpoint } from "@stampede/db/failpoint";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiProcess } from "../support/api-process.ts";
import { report } from "../support/report.ts";
import { openScene, type Scene } from "./scene.ts";
import { rounds, size } from "../support/size.ts";

/* F1, F2, F24: an API process dies, at each point of a command's way or at any time, or is told to stop. */

/** Processes that die; one more never does, and carries out what they left. */
const victims = 3;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ apis: 1 + victims });
});
afterAll(() => scene[Symbol.asyncDispose]());

const mortal = () => scene.shop.apis.slice(1);

/** Each process dies as often as it takes until so many have died together. */
async function dieTogether(deaths: number, die: (api: ApiProcess, death: number) => Promise<void>) {
  let next = 0;
  const lane = async (api: ApiProcess) => {
    while (next < deaths) await die(api, next++);
  };
  await Promise.all(mortal().map(lane));
}

/** Starts the process anew to die at this point, and waits until it has. */
async function dieAt(api: ApiProcess, point: Failpoint): Promise<number> {
  if (api.program().isRunning()) await api.kill();
  // A command is one of some dozens in a second, a batch of the worker one of a few.
  const often = { command: 20, group: 5, relay: 2 }[point.split(".")[0]!]!;
  const time = 1 + scene.random(often);
  const startedAt = performance.now();
  await api.start({ [point]: `kill@${time}` }).catch((error: unknown) => {
    // It may be dead before anybody saw it ready.
    if (api.program().isRunning()) throw error;
  });
  const readyMs = performance.now() - startedAt;
  expect(await api.program().ended).toEqual({ code: null, signal: "SIGKILL" });
  return readyMs;
}

test("killed at each point of its way: every command has happened once or not at all", async () => {
  const killed = new Map<Failpoint, number>();
  let unknown = 0;
  for (const deaths of rounds(size(40, 3_000), 150)) {
    let slowestStart = 0;
    const figures = await scene.round(
      () =>
        dieTogether(deaths, async (api, death) => {
          const point = failpoints[death % failpoints.length]!;
          slowestStart = Math.max(slowestStart, await dieAt(api, point));
          killed.set(point, (killed.get(point) ?? 0) + 1);
        }),
      { clients: 24, thinkMsMax: 10 },
    );
    unknown += figures.onceUnknown;
    // A retry succeeds the first time.
    expect(figures.atFirstTry).toBe(figures.unknown);
    report("kills", {
      "kills at failpoints": deaths,
      commands: figures.intentions,
      "commands whose answer was lost once": figures.onceUnknown,
      "sent twice at once": figures.atOnce,
      "slowest answer, ms": figures.slowestMs,
      "slowest start, ms": Math.round(slowestStart),
    });
  }
  expect([...killed.keys()].sort()).toEqual([...failpoints].sort());
  expect(unknown).toBeGreaterThan(0);
  report("kills", {
    "worker killed between insert and commit": killed.get("relay.moved")!,
    "killed when the write was answered": killed.get("group.written")!,
    "killed between commit and answer": killed.get("group.committed")!,
  });
});

test("killed at any time: the same, and the others go on", async () => {
  for (const deaths of rounds(size(9, 600), 60)) {
    const figures = await scene.round(() =>
      dieTogether(deaths, async (api) => {
        await sleep(scene.random(300));
        await api.kill();
        await api.start();
      }),
    );
    expect(figures.atFirstTry).toBe(figures.unknown);
    report("kills", {
      "kills at any time": deaths,
      commands: figures.intentions,
      "commands whose answer was lost once": figures.onceUnknown,
      "slowest answer, ms": figures.slowestMs,
    });
  }
});

test("told to stop, one after the other: each ends in time and in order, and nobody is lost", async () => {
  for (const stops of rounds(size(3, 60), 15)) {
    let slowest = 0;
    const figures = await scene.round(async () => {
      for (let stop = 0; stop < stops; stop++) {
        const api = mortal()[stop % victims]!;
        const toldAt = performance.now();
        expect(await api.stop()).toEqual({ code: 0, signal: null });
        slowest = Math.max(slowest, performance.now() - toldAt);
        await api.start();
      }
    });
    expect(slowest).toBeLessThan(10_000);
    expect(figures.atFirstTry).toBe(figures.unknown);
    report("kills", {
      "stops of a rolling restart": stops,
      commands: figures.intentions,
      "slowest to stop, ms": Math.round(slowest),
    });
  }
});
