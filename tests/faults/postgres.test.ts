import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres.ts";
import { report } from "../support/report.ts";
import { openScene, type Scene } from "./scene.ts";
import { rounds, size } from "../support/size.ts";

/* F5, F6, F14: PostgreSQL crashes, its backends are killed, its disk is slow. */

let server: OwnPostgres;
let scene: Scene;
beforeAll(async () => {
  server = await startOwnPostgres();
  scene = await openScene({ database: server.database });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** How soon after PostgreSQL is back everybody has to be served (ms), and how many percent of them. */
const backMsMax = 5_000;
const servedPercent = 99;

/** One restart under load: who was waiting when it was back, and when each was served (ms). */
async function restart(settled: { from: number; to: number }[]) {
  await sleep(scene.random(400));
  await server.crash(scene.random(5) === 0 ? "kill" : "immediate");
  await sleep(scene.random(500));
  await server.start();
  const back = performance.now();
  await sleep(backMsMax + 200);
  // Everybody who waited, and everybody who came in its first second.
  const concerned = settled.filter(({ from, to }) => to > back && from < back + 1_000);
  return { waits: concerned.map(({ to }) => to - back) };
}

test("stopped at once and started again: nothing acknowledged is lost, and soon all are served", async () => {
  const lives = scene.shop.apis.map((api) => api.program().pid);
  for (const restarts of rounds(size(2, 200), 20)) {
    const settled: { from: number; to: number }[] = [];
    const waits: number[] = [];
    const figures = await scene.round(
      async () => {
        for (let done = 0; done < restarts; done++)
          waits.push(...(await restart(settled)).waits);
      },
      { onSettled: (from, to) => settled.push({ from, to }) },
    );
    waits.sort((a, b) => a - b);
    const inTime = waits.filter((wait) => wait <= backMsMax).length;
    expect(waits.length).toBeGreaterThan(10 * restarts);
    expect((100 * inTime) / waits.length).toBeGreaterThanOrEqual(servedPercent);
    report("postgres", {
      "restarts of PostgreSQL": restarts,
      commands: figures.intentions,
      "commands whose answer was lost once": figures.onceUnknown,
      "waited when it was back": waits.length,
      "served within 5 s of it": inTime,
      "slowest of 99 %, ms": Math.round(waits[Math.floor(waits.length * 0.99)]!),
      "slowest answer, ms": figures.slowestMs,
    });
  }
  // No process of the API had to be started again.
  expect(scene.shop.apis.map((api) => api.program().pid)).toEqual(lives);
});

test("its backends are killed all the time: nothing happens by half", async () => {
  for (const seconds of rounds(size(8, 600), 30)) {
    let killed = 0;
    const figures = await scene.round(async () => {
      for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(120)) {
        const rows = await scene.shop.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name like 'stampede %'
          order by random() limit 2`;
        killed += rows.length;
      }
    });
    report("postgres", {
      "backends killed": killed,
      commands: figures.intentions,
      "commands whose answer was lost once": figures.onceUnknown,
      "slowest answer, ms": figures.slowestMs,
    });
  }
});

test("a commit takes a tenth of a second: fewer are served, each of them exactly", async () => {
  await scene.shop.sql`alter database shop set commit_delay = 100000`;
  await scene.shop.sql`alter database shop set commit_siblings = 0`;
  // What is connected keeps its settings.
  scene.proxy.cut();
  for (const seconds of rounds(size(4, 300), 30)) {
    const figures = await scene.round(() => sleep(seconds * 1_000), { clients: 32 });
    expect(figures.done).toBeGreaterThan(0);
    report("postgres", {
      "seconds with a slow disk": seconds,
      commands: figures.intentions,
      "slowest answer, ms": figures.slowestMs,
    });
  }
});
