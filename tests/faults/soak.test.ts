import { setTimeout as sleep } from "node:timers/promises";
import { failpoints } from "@stampede/db/failpoint";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiProcess } from "../support/api-process.ts";
import type { Fault, Statement } from "../support/fault-proxy.ts";
import type { Load } from "../support/load.ts";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres.ts";
import { report } from "../support/report.ts";
import { openScene, type Scene } from "./scene.ts";
import { isLong, rounds, size } from "../support/size.ts";

/* F22, F24: everything at once, at random, for as long as there is time. */

let server: OwnPostgres;
let scene: Scene;
beforeAll(async () => {
  server = await startOwnPostgres();
  scene = await openScene({ apis: 3, database: server.database, campaigns: 40 });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What is seen rarely and has to be seen, or the run has shown nothing. */
const seen = {
  "lost-answer COMMIT": 0,
  "redelivered outbox row": 0,
  "in-flight duplicate": 0,
  "deadlock or serialization retry": 0,
  "poisoned group": 0,
  "shed request": 0,
  "worker killed between insert and commit": 0,
};

type Harm = (load: Load) => Promise<unknown>;

const chance = (below: number) => scene.random(below);
const someApi = () => scene.shop.apis[1 + chance(2)]!;
const isCommit = ({ kind, connection }: Statement) =>
  kind === "commit" && connection.application === "stampede groups";

/** One of two that must not happen at once: a process that drains, and a database that restarts. */
let turn: Promise<unknown> = Promise.resolve();
const alone = <Value>(body: () => Promise<Value>): Promise<Value> => {
  const mine = turn.then(body);
  turn = mine.catch(() => {});
  return mine;
};

/** Starts it, also when the database is away just now: then it refuses to, until it is back. */
async function startAgain(api: ApiProcess, ...armed: Parameters<ApiProcess["start"]>) {
  for (let tries = 1; ; tries++) {
    try {
      return await api.start(...armed);
    } catch (error) {
      if (api.program().isRunning() || tries === 20) throw error;
      await sleep(200);
    }
  }
}

/** What happens to processes. */
const toProcesses: Record<string, Harm> = {
  "killed at a failpoint": async () => {
    const api = someApi();
    const point = failpoints[chance(failpoints.length)]!;
    await api.kill();
    await startAgain(api, { [point]: `kill@${1 + chance(10)}` }).catch(() => {});
    await Promise.race([api.program().ended, sleep(3_000)]);
    await api.kill();
    await startAgain(api);
  },
  "killed at any time": async () => {
    const api = someApi();
    await sleep(chance(500));
    await api.kill();
    await startAgain(api);
  },
  "put to sleep": async () => {
    const { pid } = someApi().program();
    process.kill(pid, "SIGSTOP");
    await sleep(500 + chance(2_000));
    process.kill(pid, "SIGCONT");
  },
  "stopped and started (rolling restart)": () =>
    alone(async () => {
      const api = someApi();
      const toldAt = performance.now();
      expect(await api.stop()).toEqual({ code: 0, signal: null });
      expect(performance.now() - toldAt).toBeLessThan(10_000);
      await startAgain(api);
    }),
  "worker killed in its batch": async () => {
    const api = someApi();
    await api.kill();
    // Its own commits wake it, and so it is sure to have something to move.
    await startAgain(api, { "relay.moved": "kill@1" }).catch(() => {});
    const died = await Promise.race([api.program().ended, sleep(5_000)]);
    await api.kill();
    await startAgain(api);
    if (died?.signal !== "SIGKILL") return;
    seen["worker killed between insert and commit"] += 1;
    seen["redelivered outbox row"] += 1;
  },
};

const strike = (fault: Fault) => Promise.race([scene.proxy.strike(fault, isCommit), sleep(3_000)]);

/** What happens to the database and on the way to it. */
const toDatabase: Record<string, Harm> = {
  "cut before COMMIT": () => Promise.all([strike("cutBefore"), strike("cutBefore")]),
  "cut while COMMIT is carried out": () => strike("cutDuring"),
  "cut after COMMIT": () => Promise.all([strike("cutAfter"), strike("cutAfter")]),
  "black hole": () => strike(chance(2) === 0 ? "holeBefore" : "holeAfter"),
  "backends killed": async () => {
    await scene.shop.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'stampede %'
      order by random() limit 4`;
    await sleep(200);
  },
  "slow and torn line": async () => {
    scene.proxy.weather({ delayMs: chance(30), sliceBytes: 1 + chance(100) });
    await sleep(1_000);
    scene.proxy.weather({});
  },
  "conflicts at statements": async () => {
    scene.proxy.judge(({ connection, kind }) => {
      const spared = connection.application !== "stampede groups" || kind === "rollback";
      if (spared || chance(10) > 0) return "pass";
      return { refuse: ["40001", "40P01", "55P03"][chance(3)]! };
    });
    await sleep(800);
    scene.proxy.judge(undefined);
    seen["deadlock or serialization retry"] += await counted("stampede_transaction_retries_total");
  },
  "a command that cannot be written": async (load) => {
    const { userId } = scene.world.victim;
    await scene.shop.sql.unsafe(
      `alter table outbox add constraint poison check (user_id <> '${userId}') not valid`,
    );
    const idempotencyKey = `${load.prefix}poison-${chance(1_000_000)}`;
    await load.send({ userId, procedure: "wallet.charge", input: { amount: 1_000, idempotencyKey } });
    await scene.shop.sql`alter table outbox drop constraint poison`;
    seen["poisoned group"] += await counted("stampede_poisoned_groups_total");
  },
  "a row held too long": async () => {
    const [productId] = scene.world.products;
    await scene.shop.sql.begin(async (tx) => {
      await tx`select from products where product_id = ${productId!} for update`;
      await sleep(3_300);
    });
  },
  "PostgreSQL stopped and started": () =>
    alone(async () => {
      await server.crash(chance(5) === 0 ? "kill" : "immediate");
      await sleep(chance(500));
      await server.start();
    }),
};

/** Whether the first process, which is never killed, has counted any of it since it was asked last. */
const before: Record<string, number> = {};
async function counted(name: string): Promise<number> {
  const now = await scene.metric(name, 0);
  const more = now - (before[name] ?? 0);
  before[name] = now;
  return Math.max(0, more);
}

/** How often each harm was done in this round. */
let harmed: Record<string, number> = {};

/** One harm after the other, in an order of its own each time, until the time is over. */
async function doHarm(harms: Record<string, Harm>, load: Load, end: number): Promise<void> {
  const names = Object.keys(harms).map((name) => ({ name, place: chance(1_000) }));
  for (const { name } of names.sort((a, b) => a.place - b.place)) {
    if (performance.now() > end) return;
    // Its own connection to the database may be what is harmed: then it has done enough.
    await harms[name]!(load).catch((error: unknown) => {
      const { code } = error as { code?: string };
      if (code === undefined || !/^(57P0|08|CONN|ECONN)/.test(code)) throw error;
    });
    harmed[name] = (harmed[name] ?? 0) + 1;
    await sleep(chance(300));
  }
  if (performance.now() < end) await doHarm(harms, load, end);
}

test("everything at once: nothing is lost, nothing is done twice, and all of it was seen", async () => {
  const memory = () => scene.metric("process_resident_memory_bytes", 0);
  let memoryAtFirst = 0;
  // Short, a round has time for each of the harms once.
  for (const seconds of rounds(size(28, 2_700), isLong ? 30 : 28)) {
    const figures = await scene.round(
      async (load) => {
        const end = performance.now() + seconds * 1_000;
        await Promise.all([doHarm(toProcesses, load, end), doHarm(toDatabase, load, end)]);
      },
      {
        poisons: true,
        mend: async (sql) => {
          await sql`alter table outbox drop constraint if exists poison`;
        },
      },
    );
    memoryAtFirst ||= await memory();
    seen["in-flight duplicate"] += figures.atOnce;
    seen["shed request"] += figures.endings["OVERLOADED"] ?? 0;
    report("soak", {
      ...harmed,
      "seconds of everything at once": seconds,
      commands: figures.intentions,
      sendings: figures.sendings,
      "commands whose answer was lost once": figures.onceUnknown,
      "slowest answer, ms": figures.slowestMs,
    });
    harmed = {};
  }
  seen["lost-answer COMMIT"] = scene.proxy.done.cutAfter;
  report("soak", seen);
  expect(Object.entries(seen).filter(([, times]) => times === 0)).toEqual([]);
  // The process that lived through all of it has not grown without end: 100 MB is much.
  expect((await memory()) - memoryAtFirst).toBeLessThan(100_000_000);
});
