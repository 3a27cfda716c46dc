import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { race, tally } from "../support/race.ts";
import { refusalFrom } from "../support/refused.ts";
import { startShop } from "../support/shop.ts";
import { report } from "../support/report.ts";
import { openScene, type Scene } from "./scene.ts";
import { rounds, size } from "../support/size.ts";

/* F15, F16, F18: clocks that are wrong, carts that cross, more people than there is room for. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ shoppers: 200 });
});
afterAll(() => scene[Symbol.asyncDispose]());

test("carts in opposite order never deadlock: there is one order of locks", async () => {
  const { sql } = scene.shop;
  const deadlocks = async () => {
    const [row] = await sql<{ deadlocks: number }[]>`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    return row!.deadlocks;
  };
  const before = await deadlocks();
  for (const seconds of rounds(size(3, 400), 20)) {
    const figures = await scene.round(() => sleep(seconds * 1_000), {
      clients: 64,
      thinkMsMax: 1,
      only: ["order.place", "admin.product.restock"],
    });
    expect(figures.endings["done"]).toBeGreaterThan(0);
    report("contention", {
      "seconds of crossing carts": seconds,
      commands: figures.intentions,
      "slowest answer, ms": figures.slowestMs,
    });
  }
  // PostgreSQL counts after a moment.
  await sleep(1_000);
  expect((await deadlocks()) - before).toBe(0);
});

test("two thousand at once while a row is held: served, or told when to come again", async () => {
  for (let time = 0; time < size(1, 20); time++) {
    const { sql, apis } = scene.shop;
    const people = await scene.shop.shoppers(2_000);
    const lock = await sql.reserve();
    await lock`begin`;
    await lock`select from wallets where user_id = ${people[0]!.userId} for update`;
    const idempotencyKey = randomUUID();
    const charge = (round: number) =>
      race(people, ({ apis }, index) =>
        apis[(index + round) % apis.length]!.wallet.charge.mutate({ amount: 1_000, idempotencyKey }),
      );
    // Held until everybody has been answered: the one who wants it is told to come again.
    const outcomes = await charge(0);
    const { OK = 0, OVERLOADED = 0, ...other } = tally(outcomes);
    expect(other).toEqual({});
    expect(OK + OVERLOADED).toBe(2_000);
    expect(OVERLOADED).toBeGreaterThan(0);
    await lock`rollback`;
    lock.release();
    // Once the row is free, whoever comes again is served.
    const freeAt = performance.now();
    const again = await charge(1);
    expect(tally(again)).toEqual({ OK: 2_000 });
    for (const [index, outcome] of outcomes.entries())
      if (outcome.ending === "OK") expect(again[index]).toEqual(outcome);
    expect(apis.every((api) => api.program().isRunning())).toBe(true);
    expect(await slowCalls()).toBe(0);
    await scene.shop.logWritten();
    await scene.shop.audit();
    report("contention", {
      "people at a held row": 2_000,
      "shed request": OVERLOADED,
      "slowest to serve all 2,000 afterwards, ms": Math.round(performance.now() - freeAt),
    });
  }
});

/** Calls that took the API more than ten seconds; what a client waits on a busy machine is more. */
async function slowCalls(): Promise<number> {
  const calls = await scene.metric("stampede_procedure_seconds_count");
  return calls - (await scene.metric("stampede_procedure_seconds_bucket", undefined, 'le="10"'));
}

test("processes whose clocks are a day off decide by the database's", async () => {
  for (let time = 0; time < size(1, 5); time++)
    await Promise.all([-26, 26].map((hours) => decideWithClockOff(hours)));
});

/** Variables of a process whose clock is off by so many hours. */
const skew = (hours: number) => ({
  NODE_OPTIONS: `--import=${fileURLToPath(new URL("skewed-clock.mjs", import.meta.url))}`,
  CLOCK_SKEW_MS: String(hours * 3_600_000),
  LOG_LEVEL: "info",
});

async function decideWithClockOff(hours: number): Promise<void> {
  await using shop = await startShop({ breaks: true, variables: skew(hours) });
  // Its own clock is off, or this would show nothing.
  const off = () => {
    const [line] = shop.apis[0]!.log();
    return line && Math.round((Date.parse(line["time"] as string) - Date.now()) / 3_600_000);
  };
  await shop.visitor.product.popular.query();
  await expect.poll(off).toBe(hours);
  const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
  const start = Date.now();
  const { couponId } = await shop.campaign({
    issueStartsAt: soon(6_000),
    issueEndsAt: soon(12_000),
    validFrom: soon(-60_000),
    validUntil: soon(60_000),
  });
  const [early, right, late] = await shop.shoppers(3);
  const claim = (person: typeof early) =>
    person!.api.coupon.claim.mutate({ couponId, idempotencyKey: randomUUID() });
  expect((await refusalFrom(claim(early))).reason).toBe("COUPON_NOT_OPEN");
  await sleep(start + 6_500 - Date.now());
  const coupon = await claim(right);
  expect(Math.abs(Date.parse(coupon.issuedAt) - Date.now())).toBeLessThan(60_000);
  await sleep(start + 12_500 - Date.now());
  expect((await refusalFrom(claim(late))).reason).toBe("COUPON_NOT_OPEN");
  await shop.audit();
  report("contention", { "clocks a day off": 1 });
}
