import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fault, Statement } from "../support/fault-proxy.ts";
import type { Intention } from "../support/ledger.ts";
import { report } from "../support/report.ts";
import { openScene, until, type Scene } from "./scene.ts";
import { isLong, rounds, size } from "../support/size.ts";

/* F7, F8, F9, F17: what happens to a connection around COMMIT, and everywhere else. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ shoppers: 150, coupons: 150 });
});
afterAll(() => scene[Symbol.asyncDispose]());

const isGroups = ({ connection }: Statement) => connection.application === "stampede groups";

/** An intention of each kind that succeeds, as nobody has wanted anything yet; one for every `time`. */
const oneOfEach = (prefix: string): ((time: number) => Intention)[] => {
  const { shoppers, admin, products, campaigns } = scene.world;
  const shopper = (time: number) => shoppers[time % shoppers.length]!.userId;
  const [productId, couponId] = [products.at(-1)!, campaigns.at(-1)!];
  const key = (kind: string, time: number) => ({ idempotencyKey: `${prefix}${kind}-${time}` });
  return [
    (time) => ({
      userId: shopper(time),
      procedure: "wallet.charge",
      input: { amount: 1_000, ...key("charge", time) },
    }),
    (time) => ({
      userId: shopper(time),
      procedure: "order.place",
      input: { items: [{ productId, quantity: 1 }], ...key("order", time) },
    }),
    (time) => ({
      userId: shopper(time),
      procedure: "coupon.claim",
      input: { couponId, ...key("claim", time) },
    }),
    (time) => ({
      userId: admin.userId,
      procedure: "admin.product.restock",
      input: { productId, quantity: 1, ...key("restock", time) },
    }),
  ];
};

/** Does the harm to the group's statement with this number, or to none; answers how many there were. */
async function harmAt(fault: Fault, number: number, body: () => Promise<unknown>): Promise<number> {
  let statements = 0;
  let struck = false;
  scene.proxy.judge((statement) => {
    if (struck || !isGroups(statement)) return "pass";
    struck = statements++ === number;
    return struck ? fault : "pass";
  });
  await body();
  scene.proxy.judge(undefined);
  return statements;
}

let claimants = 0;

test.each(["cutBefore", "cutDuring", "cutAfter"] as const)(
  "%s at every statement of every command: it is carried out, once, and its caller hears so",
  async (fault) => {
    let cuts = 0;
    await scene.round(
      async ({ prefix, send }) => {
        for (const want of oneOfEach(prefix)) {
          const again = async () => expect((await send(want(claimants++))).status).toBe("done");
          const statements = await harmAt(fault, -1, again);
          expect(statements).toBeGreaterThanOrEqual(4);
          for (let number = 0; number < statements; number++) {
            await harmAt(fault, number, again);
            cuts += 1;
          }
        }
      },
      { clients: 0 },
    );
    report("commits", { "connections cut at every single statement": cuts });
  },
);

/** Does this harm to every third statement that matches, at least so often; answers how often. */
async function harm(fault: Fault, times: number, matches: (statement: Statement) => boolean) {
  const before = scene.proxy.done[fault];
  const done = () => scene.proxy.done[fault] - before;
  scene.proxy.judge((statement) =>
    done() < times && matches(statement) && scene.random(3) === 0 ? fault : "pass",
  );
  await until(() => done() >= times, 600_000);
  scene.proxy.judge(undefined);
  return done();
}

test.each([
  ["cutBefore", "connections cut before COMMIT"],
  ["cutDuring", "connections cut while COMMIT was carried out"],
  ["cutAfter", "connections cut after COMMIT, before its answer"],
] as const)(
  "%s: the API finds out by itself, no client hears anything but the truth",
  async (fault, name) => {
    const times = fault === "cutDuring" ? size(30, 300) : size(50, 1_000);
    for (const cuts of rounds(times, 250)) {
      let done = 0;
      const { endings, ...figures } = await scene.round(async () => {
        done = await harm(fault, cuts, (each) => isGroups(each) && each.kind === "commit");
      });
      // Nobody was left without an answer: "come again" at worst.
      expect(endings["lost"]).toBeUndefined();
      report("commits", {
        [name]: done,
        ...(fault === "cutAfter" && { "lost-answer COMMIT": done }),
        commands: figures.intentions,
        'answered "come again"': endings["OVERLOADED"] ?? 0,
        "sent twice at once": figures.atOnce,
        "slowest answer, ms": figures.slowestMs,
      });
    }
  },
);

/** How long the oldest transaction has been open (ms); sampled, as it goes on. */
async function watchTransactions<Value>(body: () => Promise<Value>): Promise<[Value, number]> {
  let watching = true;
  let oldest = 0;
  const watch = (async () => {
    for (; watching; await sleep(200)) {
      const [row] = await scene.shop.sql<{ ms: number }[]>`
        select coalesce(max(extract(epoch from clock_timestamp() - xact_start)) * 1000, 0)::float8 as ms
        from pg_stat_activity
        where datname = current_database() and application_name like 'stampede %'`;
      oldest = Math.max(oldest, row!.ms);
    }
  })();
  const value = await body();
  watching = false;
  await watch;
  return [value, oldest];
}

const stages = [
  ["holeBefore", ({ kind }: Statement) => kind === "begin"],
  ["holeBefore", ({ kind }: Statement) => kind === "other"],
  ["holeBefore", ({ kind }: Statement) => kind === "commit"],
  ["holeAfter", ({ kind }: Statement) => kind === "commit"],
] as const;

test("black holes anywhere: everyone is answered, and every lock free, within ten seconds", async () => {
  for (const holes of rounds(size(2, 75), 15)) {
    const [{ endings, ...figures }, oldest] = await watchTransactions(() =>
      scene.round(async () => {
        for (const [fault, matches] of stages)
          await harm(fault, holes, (each) => isGroups(each) && matches(each));
      }),
    );
    expect(oldest).toBeLessThan(10_000);
    expect(endings["lost"]).toBeUndefined();
    report("commits", {
      "black holes at BEGIN, in the middle, at COMMIT, at its answer": holes * stages.length,
      commands: figures.intentions,
      'answered "come again"': endings["OVERLOADED"] ?? 0,
      "slowest answer, ms": figures.slowestMs,
      "slowest to free a lock, ms": Math.round(oldest),
    });
  }
});

test("a database that says nothing at all: everyone is answered within ten seconds", async () => {
  const { endings, ...figures } = await scene.round(async () => {
    scene.proxy.weather({ silent: true });
    scene.proxy.hole();
    await sleep(isLong ? 30_000 : 4_000);
  });
  expect(endings["lost"]).toBeUndefined();
  expect(endings["OVERLOADED"]).toBeGreaterThan(0);
  report("commits", {
    "silences of the database": 1,
    'answered "come again"': endings["OVERLOADED"]!,
    "slowest answer, ms": figures.slowestMs,
  });
});

test("a slow line that tears everything to pieces changes nothing", async () => {
  const { endings, ...figures } = await scene.round(async () => {
    for (const weather of [{ sliceBytes: 3 }, { delayMs: 30 }, { delayMs: 10, sliceBytes: 40 }]) {
      scene.proxy.weather(weather);
      await sleep(isLong ? 10_000 : 1_000);
    }
  });
  expect(endings["lost"]).toBeUndefined();
  report("commits", { commands: figures.intentions, "slowest answer, ms": figures.slowestMs });
});

/** Asks for the whole transaction again, twice; somebody else holds a lock too long. */
const conflicts = ["40001", "40P01", "55P03"];

test("a conflict at any statement is tried again or told as such, and never a failure", async () => {
  const refused = new Map<string, number>();
  const before = await scene.metric("stampede_transaction_retries_total");
  for (const times of rounds(size(90, 2_000), 500)) {
    const wanted = scene.proxy.done.refuse + times;
    const { endings, ...figures } = await scene.round(async () => {
      scene.proxy.judge((statement) => {
        if (!isGroups(statement) || statement.kind === "rollback") return "pass";
        if (scene.random(12) > 0) return "pass";
        if (scene.proxy.done.refuse >= wanted) return "pass";
        refused.set(statement.kind, (refused.get(statement.kind) ?? 0) + 1);
        return { refuse: conflicts[scene.random(conflicts.length)]! };
      });
      await until(() => scene.proxy.done.refuse >= wanted, 600_000);
    });
    expect(endings["lost"]).toBeUndefined();
    report("commits", {
      "conflicts at a statement": times,
      commands: figures.intentions,
      "slowest answer, ms": figures.slowestMs,
    });
  }
  expect([...refused.keys()].sort()).toEqual(["begin", "commit", "other"]);
  const retries = (await scene.metric("stampede_transaction_retries_total")) - before;
  expect(retries).toBeGreaterThan(0);
  const poisoned = await scene.metric("stampede_poisoned_groups_total");
  expect(poisoned).toBeGreaterThan(0);
  report("commits", {
    "deadlock or serialization retry": retries,
    "poisoned group": poisoned,
  });
});
