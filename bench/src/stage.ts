import { startEmbeddedPostgres } from "@stampede/db/embedded/server";
import { migrateDatabase } from "@stampede/db/migrate";
import { createShoppers } from "@stampede/db/seed/shoppers";
import { openTransactions } from "@stampede/db/transactions";
import { createCampaign } from "@stampede/db/write/campaigns";
import { createProduct } from "@stampede/db/write/products";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { parentOf } from "./cpu.ts";

export const shopperCount = 20_000;
export const productCount = 1_000;

/** The ids the bench's SQL scripts make too: a number, as hexadecimal. */
export const numberedId = (number: number): string =>
  number.toString(16).padStart(32, "0").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** A shop of 20,000 shoppers and 1,000 products on an embedded PostgreSQL with durability on. */
export interface Stage {
  readonly url: string;
  readonly postmasterPid: number;
  /** The session token of each shopper, by number less one. */
  readonly tokens: readonly string[];
  openCampaign(totalQuantity: number): Promise<{ couponId: string; number: number }>;
  close(): Promise<void>;
}

export const openStage = async (): Promise<Stage> => {
  const directory = fileURLToPath(new URL("../../.cache/bench", import.meta.url));
  rmSync(directory, { recursive: true, force: true });
  const server = await startEmbeddedPostgres({ directory, port: 5_480 });
  const url = await server.url("bench");
  await migrateDatabase(url);
  const transactions = openTransactions({ url, name: "bench", connections: 1 });

  const tokens: string[] = [];
  const shoppers = createShoppers(transactions, shopperCount, 500_000_000, (n) => numberedId(n + 1));
  for await (const chunk of shoppers) tokens.push(...chunk.map(({ token }) => token));
  for (let number = 1; number <= productCount; number++)
    await transactions.run((tx) =>
      createProduct(tx, numberedId(number), {
        name: "A thing of the bench",
        description: "What is said of a thing that many people buy at once, in a sentence or two.",
        price: 1_000,
        stock: 1_000_000,
        imageUrl: null,
      }),
    );
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`vacuum analyze`;
  const [row] = await sql`select pid from pg_stat_activity where backend_type = 'checkpointer'`;
  await sql.end();

  let campaigns = 0;
  return {
    url,
    postmasterPid: parentOf(row!["pid"] as number),
    tokens,
    async openCampaign(totalQuantity) {
      const number = ++campaigns;
      const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();
      const hour = 3_600_000;
      const period = { validFrom: at(-hour), validUntil: at(hour) };
      const issue = { issueStartsAt: at(-hour), issueEndsAt: at(hour) };
      const discount = { type: "FIXED", amount: 1_000 } as const;
      const { couponId } = await transactions.run((tx) =>
        createCampaign(tx, numberedId(number), { name: "Rush", discount, totalQuantity, ...issue, ...period }),
      );
      return { couponId, number };
    },
    async close() {
      await transactions.close();
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

export interface Api {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The API as it is built and run everywhere; only the rate limit is off. */
export const startApi = async (
  url: string,
  port: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Api> => {
  const file = fileURLToPath(new URL("../../apps/api/dist/main.js", import.meta.url));
  const env = {
    ...process.env,
    NODE_ENV: "production",
    DATABASE_URL: url,
    AUTH_SECRET: "only for the bench, and of no use elsewhere",
    API_PORT: String(port),
    RATE_LIMIT: "off",
    ...settings,
  };
  // It goes down with the bench, however that ends.
  const watchParent = new URL("../../scripts/watch-parent.mjs", import.meta.url).href;
  const child: ChildProcess = spawn(process.execPath, ["--import", watchParent, file], { env, stdio: ["ignore", "ignore", "inherit"] });
  const ready = async () =>
    (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok ?? false;
  while (!(await ready())) {
    // It has said why on its own.
    if (child.exitCode !== null) throw new Error(`The API on port ${port} did not start.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    pid: child.pid!,
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
};

/** The machine, as a stranger would want to know it. */
export const describeMachine = (): string => {
  const model = /model name\s*: (.*)/.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "unknown";
  const cores = readFileSync("/proc/cpuinfo", "utf8").match(/^processor/gm)?.length ?? 0;
  return `${cores} cores of ${model}, Node ${process.version}`;
};
