import type { TestDatabase } from "@stampede/db/testing/server";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { ApiProcess } from "../support/api-process.ts";
import { startFaultProxy, type FaultProxy } from "../support/fault-proxy.ts";
import { readBooks, type Figures } from "../support/ledger.ts";
import { startLoad, type Load, type LoadOptions, type ResolveFigures, type World } from "../support/load.ts";
import type { Program } from "../support/program.ts";
import { numbersFrom, type Random } from "../support/random.ts";
import { seed } from "../support/seed.ts";
import { startShop, type Shop } from "../support/shop.ts";

/*
 * What every fault test does: people at a shop of several API processes, all of whose connections
 * go through a fault proxy; something breaks while they are at it; then the shop comes to rest and
 * everything is compared: the books with themselves, and with what people were told.
 */

export interface SceneOptions {
  /** API processes; 2. */
  readonly apis?: number;
  readonly variables?: Readonly<Record<string, string>>;
  /** Where the database is, when not on the server of all tests. */
  readonly database?: TestDatabase;
  /** How much of a thing there is. */
  readonly shoppers?: number;
  readonly products?: number;
  readonly campaigns?: number;
  /** Coupons of a campaign. */
  readonly coupons?: number;
}

export interface Scene extends AsyncDisposable {
  readonly shop: Shop;
  readonly proxy: FaultProxy;
  readonly world: World;
  readonly random: Random;
  /** People come, `fault` does its harm while they are there, then everything is compared. */
  round(
    fault: (load: Load) => Promise<unknown>,
    options?: Partial<LoadOptions> & Expected,
  ): Promise<RoundFigures>;
  /**
   * The sum of a metric over all API processes, or that of the one with this number; of all its
   * labels, or those that hold this text.
   */
  metric(name: string, process?: number, label?: string): Promise<number>;
}

/** What sendings may come to in a round besides the usual. */
interface Expected {
  /** Some commands cannot be written, and are told so. */
  readonly poisons?: boolean;
  /** Clients hang up; in all other rounds that is what one does who waited too long. */
  readonly hangUps?: boolean;
  /** Undoes what the fault has done to the database. */
  readonly mend?: (sql: Shop["sql"]) => Promise<void>;
}

export interface RoundFigures extends Figures, ResolveFigures {
  readonly replayed: number;
}

let scenes = 0;

/** How a sending may end while things break: carried out, refused for a reason, or come again. */
const usual = new Set([
  "done",
  "lost",
  "OVERLOADED",
  "INSUFFICIENT_STOCK",
  "INSUFFICIENT_BALANCE",
  "COUPON_ALREADY_ISSUED",
  "COUPON_ALREADY_USED",
  "COUPON_SOLD_OUT",
]);

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  let proxy!: FaultProxy;
  const shop = await startShop({
    breaks: true,
    apis: options.apis ?? 2,
    ...(options.variables && { variables: options.variables }),
    ...(options.database && { database: options.database }),
    databaseUrl: async (direct) => (proxy = await startFaultProxy(direct)).url,
  });
  const random = numbersFrom(seed + ++scenes);
  const world = await openWorld(shop, options);
  let rounds = 0;

  return {
    shop,
    proxy,
    world,
    random,
    metric: (name, process, label) => sumOf(shop, name, process, label),
    async round(fault, over = {}) {
      const prefix = `fault-${scenes}-${++rounds}-`;
      const before = await readBooks(shop.sql, prefix);
      const urls = shop.apis.map(({ url }) => url);
      const load = startLoad({ http: shop.http, urls, world, random, prefix, ...over });
      try {
        await fault(load);
      } finally {
        await load.stop();
      }
      await mend(shop, proxy);
      await over.mend?.(shop.sql);
      const resolved = await load.resolve(() => atRest(shop));
      const replayed = await load.replay(200);
      await shop.logWritten();
      expect(load.ledger.violations(before, await readBooks(shop.sql, prefix))).toEqual([]);
      await shop.audit();
      expect(lastWords(shop.apis)).toEqual([]);
      const figures = { ...load.ledger.figures(), ...resolved, replayed };
      const expected = [...(over.poisons ? ["INTERNAL"] : []), ...(over.hangUps ? ["hung up"] : [])];
      const strange = Object.keys(figures.endings).filter(
        (ending) => !usual.has(ending) && !expected.includes(ending),
      );
      expect(strange, unforeseen(shop.apis)).toEqual([]);
      expect(figures.slowestMs).toBeLessThan(10_000);
      return figures;
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await shop[Symbol.asyncDispose]();
    },
  };
}

async function openWorld(shop: Shop, options: SceneOptions): Promise<World> {
  const { shoppers = 100, products = 10, campaigns = 5, coupons = 60 } = options;
  const times = <Value>(count: number, make: () => Promise<Value>) =>
    Promise.all(Array.from({ length: count }, make));
  const admin = await shop.admin();
  const [victim, ...all] = await shop.shoppers(1 + shoppers, 50_000);
  const stocked = await times(products, () => shop.product({ price: 500, stock: 400 }));
  const open = await times(campaigns, () => shop.campaign({ totalQuantity: coupons }));
  return {
    shoppers: all,
    victim: victim!,
    admin,
    products: stocked.map(({ productId }) => productId),
    campaigns: open.map(({ couponId }) => couponId),
  };
}

/** What was broken is whole again: the line, and every process that is down. */
async function mend(shop: Shop, proxy: FaultProxy): Promise<void> {
  proxy.calm();
  await Promise.all(
    shop.apis.map((api) => (api.program().isRunning() ? untilAnswers(shop, api) : api.start())),
  );
}

async function untilAnswers(shop: Shop, { url }: ApiProcess): Promise<void> {
  const status = async () => (await shop.http.send(`${url}/health/ready`)).status;
  await expect.poll(() => status().catch(() => 0), { timeout: 10_000, interval: 20 }).toBe(200);
}

/** Nothing waits and nothing is under way, in no process and on no connection. */
async function atRest(shop: Shop): Promise<void> {
  const busy = async () => {
    const waiting = await sumOf(shop, "stampede_commands_waiting");
    const running = await sumOf(shop, "stampede_transactions_busy");
    const [row] = await shop.sql<{ count: number }[]>`
      select count(*)::int from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
        and application_name = 'stampede groups' and state <> 'idle'`;
    return waiting + running + row!.count;
  };
  await expect.poll(busy, { timeout: 12_000, interval: 20 }).toBe(0);
}

/** The value of a metric, all labels together, over all API processes. */
async function sumOf(
  shop: Shop,
  name: string,
  process?: number,
  label = "",
): Promise<number> {
  const line = new RegExp(`^${name}(?:\\{[^}]*${label}[^}]*\\})${label ? "" : "?"} ([0-9.e+]+)$`, "gm");
  const apis = shop.apis.filter((_api, index) => process === undefined || index === process);
  const texts = await Promise.all(
    apis.map(({ url }) => shop.http.send(`${url}/metrics`).then(({ text }) => text)),
  );
  const values = texts.flatMap((text) => [...text.matchAll(line)].map(([, value]) => Number(value)));
  return values.reduce((sum, value) => sum + value, 0);
}

const heard = new WeakSet<Program>();

/** What processes said when they ended otherwise than by a kill or a stop of ours; there is nothing. */
function lastWords(apis: readonly ApiProcess[]): string[] {
  const lives = apis.flatMap((api) => api.lives()).filter((life) => !heard.has(life));
  return lives.flatMap((life) => {
    if (!life.isRunning()) heard.add(life);
    const fatal = life
      .printed()
      .split("\n")
      .filter((line) => line.includes('"level":60'));
    const complained = life.complained();
    // Started while the database was away, it has said so and ended: as it should.
    const refused = complained.startsWith("The database does not answer");
    return [...fatal, ...(complained === "" || refused ? [] : [complained])];
  });
}

/** What the processes logged as unforeseen: where to look when somebody was answered INTERNAL. */
function unforeseen(apis: readonly ApiProcess[]): string {
  const errors = apis.flatMap((api) => api.log()).filter(({ level }) => Number(level) >= 50);
  return errors.map((line) => JSON.stringify(line)).join("\n").slice(0, 5_000);
}

/** Waits until the condition holds, looking every 10 ms. */
export async function until(condition: () => boolean, msMax = 60_000): Promise<void> {
  for (const deadline = Date.now() + msMax; !condition(); await sleep(10))
    if (Date.now() > deadline) throw new Error(`still not so after ${msMax} ms`);
}
