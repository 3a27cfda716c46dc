import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authSecret } from "../support/api-process.ts";
import { startFaultProxy, type FaultProxy } from "../support/fault-proxy.ts";
import { startProgram, type Armed, type Program } from "../support/program.ts";
import { report } from "../support/report.ts";
import { openScene, until, type Scene } from "./scene.ts";
import { isLong, rounds, size } from "../support/size.ts";

/* F3, F4: the worker dies, is cut off or is put to sleep in the middle of a batch. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ variables: { WORKER: "off" } });
});
afterAll(() => scene[Symbol.asyncDispose]());

/** A worker of its own, behind the proxy as the API is, or behind another one. */
function work(armed?: Armed, { url } = scene.proxy): Program {
  const variables = { DATABASE_URL: url, AUTH_SECRET: authSecret, LOG_LEVEL: "warn" };
  return startProgram("worker", variables, armed);
}

async function stop(worker: Program): Promise<void> {
  worker.kill("SIGTERM");
  expect(await worker.ended).toEqual({ code: 0, signal: null });
}

const points = ["relay.begun", "relay.moved", "relay.committed"] as const;

test("killed at each point of a batch: every entry is logged, once", async () => {
  for (const deaths of rounds(size(15, 1_000), 100)) {
    const killed = { "relay.begun": 0, "relay.moved": 0, "relay.committed": 0 };
    let next = 0;
    const dieAgainAndAgain = async () => {
      while (next < deaths) {
        const point = points[next++ % points.length]!;
        const worker = work({ [point]: `kill@${1 + scene.random(2)}` });
        expect(await worker.ended).toEqual({ code: null, signal: "SIGKILL" });
        killed[point] += 1;
      }
    };
    let survivor: Program | undefined;
    const figures = await scene.round(
      async () => {
        await Promise.all([dieAgainAndAgain(), dieAgainAndAgain()]);
        survivor = work();
      },
      { thinkMsMax: 10 },
    );
    await stop(survivor!);
    report("worker", {
      "worker kills": deaths,
      commands: figures.intentions,
      "worker killed between insert and commit": killed["relay.moved"],
      // What a dead one had moved was there again for the next.
      "redelivered outbox row": killed["relay.moved"],
    });
  }
});

test("cut off around COMMIT: the same, and it goes on by itself", async () => {
  const faults = ["cutBefore", "cutDuring", "cutAfter"] as const;
  for (const cuts of rounds(size(12, 300), 100)) {
    const done = () => faults.reduce((sum, fault) => sum + scene.proxy.done[fault], 0);
    const wanted = done() + cuts;
    const worker = work();
    const figures = await scene.round(async () => {
      scene.proxy.judge(({ connection, kind }) => {
        const spared = connection.application !== "stampede worker" || kind !== "commit";
        if (spared || done() >= wanted || scene.random(2) > 0) return "pass";
        return faults[scene.random(faults.length)]!;
      });
      await until(() => done() >= wanted, 600_000);
    });
    await stop(worker);
    report("worker", { "worker cut off around COMMIT": cuts, commands: figures.intentions });
  }
});

test("one of four put to sleep in the middle of its batch: the others go on", async () => {
  for (const pauses of rounds(size(1, 20), 5)) {
    await using line = await startFaultProxy(scene.shop.databaseUrl);
    const sleeper = work({ "relay.moved": "delay:600" }, line);
    const others = [work(), work(), work()];
    let slowest = 0;
    const figures = await scene.round(async () => {
      for (let pause = 0; pause < pauses; pause++) {
        await stopInTransaction(sleeper, line);
        slowest = Math.max(slowest, await watchOutbox(isLong ? 30_000 : 6_000));
        sleeper.kill("SIGCONT");
      }
    });
    for (const worker of [sleeper, ...others]) await stop(worker);
    // The server gives the sleeper up after a second; then the others have its entries too.
    expect(slowest).toBeLessThan(3_500);
    report("worker", {
      "worker put to sleep in a batch": pauses,
      commands: figures.intentions,
      "slowest entry, ms": Math.round(slowest),
    });
  }
});

/** Stops the sleeper where it has moved entries and has not committed them. */
async function stopInTransaction(sleeper: Program, line: FaultProxy): Promise<void> {
  const isThere = async () => {
    const rows = await scene.shop.sql`
      select from pg_stat_activity
      where pid = any(${line.connections().map(({ backendPid }) => backendPid)})
        and state = 'idle in transaction' and query like '%point_log%'`;
    return rows.length > 0;
  };
  for (;;) {
    await expect.poll(isThere, { timeout: 20_000, interval: 20 }).toBe(true);
    sleeper.kill("SIGSTOP");
    if (await isThere()) return;
    sleeper.kill("SIGCONT");
  }
}

/** The age of the oldest entry that waited in the outbox meanwhile (ms). */
async function watchOutbox(ms: number): Promise<number> {
  let oldest = 0;
  for (const end = performance.now() + ms; performance.now() < end; await sleep(100)) {
    const [row] = await scene.shop.sql<{ ms: number }[]>`
      select coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float8 as ms
      from outbox`;
    oldest = Math.max(oldest, row!.ms);
  }
  return oldest;
}
