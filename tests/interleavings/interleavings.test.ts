import { runAudit } from "@stampede/db/audit";
import { createTestDatabase } from "@stampede/db/testing/database";
import { openTransactions } from "@stampede/db/transactions";
import postgres from "postgres";
import { expect, test } from "vitest";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { numbersFrom } from "../support/random.ts";
import { report } from "../support/report.ts";
import { seed } from "../support/seed.ts";
import { isLong, rounds, size } from "../support/size.ts";
import {
  carryOut,
  deeds,
  explanations,
  makeWorlds,
  readRest,
  type DeedName,
  type World,
} from "./scenario.ts";
import {
  allChoices,
  judgesOf,
  openScheduler,
  type Choose,
  type Interleaving,
  type Scheduler,
} from "./scheduler.ts";

/*
 * Two or three commands at once, each in a transaction of its own, in every order that their statements
 * can have. Whatever the order: what everyone is told and what is left is as if they had come one after
 * the other, and the books add up.
 */

const pairs: readonly (readonly [DeedName, DeedName])[] = [
  ["Ada charges 1,000", "Ada charges 3,000"],
  ["Ada charges 1,000", "Ada charges 1,000 (again)"],
  ["Ada charges 1,000", "Ada charges 2,000 with that key"],
  ["Ada charges 1,000", "Ada buys tea and cups"],
  ["Ada buys the last tea", "Ada buys cups"],
  ["Ada buys the last tea", "Ben buys the last tea"],
  ["Ada buys the last tea", "Ada buys the last tea (again)"],
  ["Ada buys tea and cups", "Ben buys cups"],
  ["Ada buys cups by coupon", "Ada buys tea by coupon"],
  ["Ada claims", "Ben claims"],
  ["Ada claims", "Ada claims a second"],
  ["Ada claims", "Ada claims (again)"],
  ["Ben restocks tea", "Ada buys the last tea"],
  // These have nothing in common: every order is possible.
  ["Ada charges 1,000", "Ben charges 1,000"],
  // 126 of them.
  ...(isLong ? ([["Ada claims", "Ben buys cups"]] as const) : []),
];
const triples = size(200, 2_000);
/** So many go on at once, each with connections of its own. */
const schedulerCount = 4;
const worldsAtOnce = 200;

/** A database, and schedulers whose connections go through one proxy. */
interface Stage extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly sql: postgres.Sql;
  readonly schedulers: readonly Scheduler[];
  nextWorld(): Promise<World>;
}

const openStage = async (): Promise<Stage> => {
  const database = await createTestDatabase();
  const proxy = await startFaultProxy(database.url);
  const judges = judgesOf(proxy);
  const sql = postgres(database.url, { max: schedulerCount, fetch_types: false, onnotice: () => {} });
  const transactions = openTransactions({ url: database.url, name: "worlds", connections: 1 });
  const schedulers = Array.from({ length: schedulerCount }, (_none, index) =>
    openScheduler(judges, sql, `scheduler ${index}`, 3),
  );
  const worlds: World[] = [];
  let making: Promise<void> | undefined;
  const make = async () => {
    worlds.push(...(await makeWorlds(transactions, sql, worldsAtOnce)));
    making = undefined;
  };
  return {
    databaseUrl: database.url,
    sql,
    schedulers,
    async nextWorld() {
      while (worlds.length === 0) await (making ??= make());
      return worlds.pop()!;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(schedulers.map((scheduler) => scheduler[Symbol.asyncDispose]()));
      await transactions.close();
      await sql.end({ timeout: 1 });
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};

/** One interleaving in a world of its own; everything about it is checked. */
const tryOrder = async (
  stage: Stage,
  scheduler: Scheduler,
  names: readonly DeedName[],
  choose: Choose,
): Promise<Interleaving<unknown>> => {
  const world = await stage.nextWorld();
  const done = names.map((name) => deeds[name](world));
  const tried = await scheduler.interleave(done.map(carryOut), choose);
  const { results, choices, deadlocks } = tried;
  const rest = await readRest(stage.sql, world);
  const which = `${names.join(", ")}; choices ${choices.map(({ taken }) => taken).join("")}`;
  const seen = JSON.stringify({ told: results.map(({ told }) => told), rest });
  expect(explanations(world, done, results, rest), `no order explains ${which}: ${seen}`).not.toEqual([]);
  expect(deadlocks, `deadlock: ${which}`).toBe(0);
  // One key, one answer, field for field: of those that were carried out. A refusal binds nothing.
  for (const [index, each] of done.entries()) {
    const twins = results.filter(({ told }, other) => isTwin(each, done[other]!) && "reply" in told);
    if ("reply" in results[index]!.told)
      expect(new Set(twins.map((twin) => JSON.stringify(twin))).size, which).toBe(1);
  }
  const { checks } = await runAudit(stage.databaseUrl);
  expect(checks.filter(({ ok }) => !ok), which).toEqual([]);
  return tried;
};

const isTwin = (a: ReturnType<(typeof deeds)[DeedName]>, b: typeof a) =>
  a.command === b.command &&
  a.actorId === b.actorId &&
  a.key === b.key &&
  JSON.stringify(a.input) === JSON.stringify(b.input);

/** Spreads the work over the schedulers. */
const share = async <Item>(
  { schedulers }: Stage,
  items: readonly Item[],
  work: (scheduler: Scheduler, item: Item) => Promise<void>,
) => {
  const left = [...items];
  await Promise.all(
    schedulers.map(async (scheduler) => {
      for (let item = left.shift(); item !== undefined; item = left.shift())
        await work(scheduler, item);
    }),
  );
};

test(`two at once, in every order of their statements: ${pairs.length} pairs`, async () => {
  const counts: string[] = [];
  let waits = 0;
  await using stage = await openStage();
  await share(stage, pairs, async (scheduler, names) => {
    const orders = await allChoices(async (choose) => {
      const tried = await tryOrder(stage, scheduler, names, choose);
      waits += tried.waits;
      return tried.choices;
    });
    // One order would mean that nothing was interleaved at all.
    expect(orders).toBeGreaterThan(1);
    counts.push(`${orders} of "${names.join(", ")}"`);
    report("interleavings", { "orders of the statements of two": orders, pairs: 1 });
  });
  console.log(`all orders, ${waits} waits for a lock: ${counts.join("; ")}`);
  expect(waits).toBeGreaterThan(0);
});

test(`three at once, in ${triples} orders at random`, async () => {
  const names = Object.keys(deeds) as DeedName[];
  let waits = 0;
  // The more there is, the longer an audit takes: a new database every so often.
  let from = seed;
  for (const portionSize of rounds(triples, worldsAtOnce)) {
    await using stage = await openStage();
    const portion = Array.from({ length: portionSize }, () => from++);
    await share(stage, portion, async (scheduler, seedOfTriple) => {
      const random = numbersFrom(seedOfTriple);
      const three = [0, 1, 2].map(() => names[random(names.length)]!);
      waits += (await tryOrder(stage, scheduler, three, (options) => random(options))).waits;
    });
  }
  report("interleavings", { "random orders of the statements of three": triples });
  console.log(`SEED=${seed}: ${triples} orders of three, ${waits} waits for a lock`);
  expect(waits).toBeGreaterThan(0);
});
