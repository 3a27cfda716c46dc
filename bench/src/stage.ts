import { runAudit } from "@stampede/db/audit";
import { startEmbeddedPostgres } from "@stampede/db/embedded/server";
import { migrateDatabase } from "@stampede/db/migrate";
import { createShoppers } from "@stampede/db/seed/shoppers";
import { openTransactions } from "@stampede/db/transactions";
import { createCampaign } from "@stampede/db/write/campaigns";
import { createProduct } from "@stampede/db/write/products";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { parentOf } from "./process-stats.ts";

export const shopperCount = 20_000;
export const productCount = 1_000;
/** What each shopper has at first, and what each thing costs and each charge adds (KRW). */
export const firstBalance = 500_000_000;
export const price = 1_000;

/** The ids the bench's SQL scripts make too: a number, as hexadecimal. */
export const numberedId = (number: number): string =>
  number.toString(16).padStart(32, "0").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** An embedded PostgreSQL with durability on, as `npm start` runs it. */
export interface Ground {
  /** PostgreSQL's version, as in "18.1". */
  readonly version: string;
  /** A database of its own with a fresh shop in it: 20,000 shoppers, 1,000 products, no orders. */
  openStage(name: string): Promise<Stage>;
  close(): Promise<void>;
}

export interface Stage {
  readonly name: string;
  readonly url: string;
  /** The process of PostgreSQL that all of its others are children of. */
  readonly postmasterPid: number;
  /** The session token of each shopper, by number less one. */
  readonly tokens: readonly string[];
  readonly sql: postgres.Sql;
  openCampaign(totalQuantity: number): Promise<{ readonly couponId: string; readonly number: number }>;
  /** Resolves when the worker has moved all there is, so that one contender leaves the next no work. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export const openGround = async (): Promise<Ground> => {
  const directory = fileURLToPath(new URL("../../.cache/bench", import.meta.url));
  rmSync(directory, { recursive: true, force: true });
  const server = await startEmbeddedPostgres({ directory, port: 5_480 });
  const template = await server.url("seeded");
  const tokens = await seedShop(template, shopperCount);

  const sql = connect(await server.url("postgres"));
  const [row] = await sql`select pid from pg_stat_activity where backend_type = 'checkpointer'`;
  const postmasterPid = parentOf(row!["pid"] as number);
  const [told] = await sql`show server_version`;
  return {
    version: told!["server_version"] as string,
    async openStage(name) {
      // Copied file by file: a second, and not through the log.
      await sql`create database ${sql(name)} template seeded strategy file_copy`;
      const stage = openStageOn({ name, url: await server.url(name), postmasterPid, tokens });
      return {
        ...stage,
        async close() {
          await stage.close();
          await sql`drop database ${sql(name)} with (force)`;
        },
      };
    },
    async close() {
      await sql.end();
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

const connect = (url: string) => postgres(url, { max: 1, onnotice: () => {} });

/** Makes the shop that all stages are copies of; answers its shoppers' tokens. */
export const seedShop = async (url: string, count: number): Promise<readonly string[]> => {
  await migrateDatabase(url);
  const transactions = openTransactions({ url, name: "bench", connections: 1 });
  const tokens: string[] = [];
  const shoppers = createShoppers(transactions, count, firstBalance, (n) => numberedId(n + 1));
  for await (const chunk of shoppers) tokens.push(...chunk.map(({ token }) => token));
  // Fifty a transaction: few commits, and far from its deadline on the busiest machine.
  for (let first = 1; first <= productCount; first += 50)
    await transactions.run(async (tx) => {
      for (let number = first; number < first + 50; number++)
        await createProduct(tx, numberedId(number), {
          name: "A thing of the bench",
          description: "What is said of a thing that many people buy at once, in a sentence or two.",
          price,
          stock: 100_000_000,
          imageUrl: null,
        });
    });
  await transactions.close();
  const sql = connect(url);
  await sql`vacuum analyze`;
  await sql.end();
  return tokens;
};

/** A stage on a database that has the shop of `seedShop` in it. */
export const openStageOn = (
  place: Pick<Stage, "name" | "url" | "postmasterPid" | "tokens">,
): Stage => {
  const { url } = place;
  const sql = connect(url);
  const transactions = openTransactions({ url, name: "bench", connections: 1 });
  let campaigns = 0;
  return {
    ...place,
    sql,
    async openCampaign(totalQuantity) {
      const number = ++campaigns;
      const couponId = numberedId(number);
      const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();
      const hour = 3_600_000;
      await transactions.run((tx) =>
        createCampaign(tx, couponId, {
          ...{ name: "Rush", discount: { type: "FIXED", amount: 1_000 }, totalQuantity },
          ...{ issueStartsAt: at(-hour), issueEndsAt: at(hour) },
          ...{ validFrom: at(-hour), validUntil: at(hour) },
        }),
      );
      return { couponId, number };
    },
    async settled() {
      // The worker promises a second; thirty are a breakdown.
      for (const deadline = Date.now() + 30_000; ; await sleep(20)) {
        const [row] = await sql`select exists (select from outbox) as waiting`;
        if (!row!["waiting"]) return;
        if (Date.now() > deadline) throw new Error("The worker has not emptied the outbox in 30 s.");
      }
    },
    async close() {
      await Promise.all([transactions.close(), sql.end()]);
    },
  };
};

/** A figure that was reached by breaking the books does not count. */
export const requireAudit = async ({ name, url }: Stage): Promise<void> => {
  const { checks } = await runAudit(url);
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length > 0) throw new Error(`After "${name}" the books are wrong: ${JSON.stringify(broken)}`);
};
