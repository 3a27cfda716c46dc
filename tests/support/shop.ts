import type { RouterInputs, RouterOutputs } from "@stampede/api/router";
import { runAudit } from "@stampede/db/audit";
import { createShoppers } from "@stampede/db/seed/shoppers";
import { createTestDatabase } from "@stampede/db/testing/database";
import type { TestDatabase } from "@stampede/db/testing/server";
import { openTransactions } from "@stampede/db/transactions";
import postgres from "postgres";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { startApi, type ApiProcess } from "./api-process.ts";
import { createClient, newKey, type Client } from "./client.ts";
import { openHttp, type Http } from "./http.ts";

/** Somebody with a session: a client of the API process they happen to be sent to, and of each. */
export interface Person {
  readonly userId: string;
  readonly token: string;
  readonly api: Client;
  readonly apis: readonly Client[];
}

export interface ShopOptions {
  /** API processes on the one database; 1. */
  readonly apis?: number;
  /** Variables of the API processes on top of the harness's own. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The test means to break things: then neither the books nor the API's log need be clean. */
  readonly breaks?: boolean;
  /** The migrated database it is on, when not one of its own. */
  readonly database?: TestDatabase;
  /** Where the API processes find the database, when not directly. */
  readonly databaseUrl?: (direct: string) => Promise<string> | string;
}

/**
 * A whole shop: a database of its own, API processes, and people. It closes with an audit, and
 * fails when an API process has logged a warning or does not end well.
 */
export interface Shop extends AsyncDisposable {
  readonly apis: readonly ApiProcess[];
  /** The first API process. */
  readonly url: string;
  readonly databaseUrl: string;
  readonly sql: postgres.Sql;
  readonly http: Http;
  /** Somebody without a session. */
  readonly visitor: Client;
  shopper(balance?: number): Promise<Person>;
  shoppers(count: number, balance?: number): Promise<Person[]>;
  /** Signed up like everyone, then made an admin; always the same one. */
  admin(): Promise<Person>;
  product(over?: Partial<RouterInputs["admin"]["product"]["create"]>): Promise<Product>;
  campaign(over?: Partial<RouterInputs["admin"]["coupon"]["create"]>): Promise<Campaign>;
  /** The books add up and no lock was left behind. */
  audit(): Promise<void>;
  /** Resolves when every log entry asked for has been written. */
  logWritten(): Promise<void>;
}

export type Product = RouterOutputs["product"]["byId"];
export type Campaign = RouterOutputs["coupon"]["list"][number];

export const adminPassword = "a password of an admin";

export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const database = options.database ?? (await createTestDatabase());
  const http = openHttp();
  const sql = postgres(database.url, { max: 4, onnotice: () => {} });
  const apiDatabaseUrl = (await options.databaseUrl?.(database.url)) ?? database.url;
  const variables = { ...options.variables, DATABASE_URL: apiDatabaseUrl };
  const apis = await Promise.all(
    Array.from({ length: options.apis ?? 1 }, () => startApi(http, variables)),
  );
  const url = apis[0]!.url;

  let people = 0;
  const person = (userId: string, token: string): Person => {
    const clients = apis.map((api) => createClient(http, api.url, token));
    return { userId, token, apis: clients, api: clients[people++ % clients.length]! };
  };

  const shoppers = async (count: number, balance = 0): Promise<Person[]> => {
    const transactions = openTransactions({ url: database.url, name: "seed", connections: 1 });
    try {
      const made: Person[] = [];
      for await (const chunk of createShoppers(transactions, count, balance))
        made.push(...chunk.map(({ userId, token }) => person(userId, token)));
      return made;
    } finally {
      await transactions.close();
    }
  };

  let adminMade: Promise<Person> | undefined;
  const makeAdmin = async (): Promise<Person> => {
    const signedUp = await http.send(`${url}/api/auth/sign-up/email`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        name: "Admin",
        email: "admin@stampede.test",
        password: adminPassword,
      }),
    });
    const { token, user } = JSON.parse(signedUp.text) as { token: string; user: { id: string } };
    await sql`update users set role = 'admin' where id = ${user.id}`;
    return person(user.id, token);
  };
  const admin = () => (adminMade ??= makeAdmin());

  const audit = async () => {
    const books = await runAudit(database.url);
    expect(books.checks.filter((check) => !check.ok)).toEqual([]);
    expect(books.ok).toBe(true);
    expect(await leftBehind(sql)).toEqual([]);
  };

  return {
    apis,
    url,
    databaseUrl: database.url,
    sql,
    http,
    visitor: createClient(http, url),
    shoppers,
    shopper: async (balance) => (await shoppers(1, balance))[0]!,
    admin,
    async product(over = {}) {
      const { api } = await admin();
      return api.admin.product.create.mutate({
        name: `Product ${newKey()}`,
        price: 1_000,
        stock: 100,
        ...over,
      });
    },
    async campaign(over = {}) {
      const { api } = await admin();
      return api.admin.coupon.create.mutate({
        name: `Campaign ${newKey()}`,
        discount: { type: "FIXED", amount: 500 },
        totalQuantity: 100,
        ...openNow,
        ...validNow,
        ...over,
      });
    },
    audit,
    logWritten: () => untilLogWritten(sql),

    async [Symbol.asyncDispose]() {
      if (options.breaks !== true) await audit();
      http[Symbol.dispose]();
      const exits = await Promise.all(
        apis.map((api) => (api.program().isRunning() ? api.stop() : undefined)),
      );
      await sql.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
      if (options.breaks) return;
      // Nothing may go wrong in silence: 40 is "warn" in the log, 50 "error", 60 "fatal".
      const wrong = apis.flatMap((api) => api.log()).filter(({ level }) => Number(level) >= 40);
      expect(wrong).toEqual([]);
      expect(exits.filter((exit) => exit !== undefined && exit.code !== 0)).toEqual([]);
    },
  };
}

const hour = 60 * 60 * 1_000;

/** A moment this many hours from now, as the contract writes it. */
export function hoursFromNow(hours: number): string {
  return new Date(Date.now() + hours * hour).toISOString();
}

export const openNow = { issueStartsAt: hoursFromNow(-1), issueEndsAt: hoursFromNow(24) };
export const validNow = { validFrom: hoursFromNow(-1), validUntil: hoursFromNow(48) };

/** Transactions that nobody will ever end, and locks that nobody will ever get. */
async function leftBehind(sql: postgres.Sql): Promise<readonly object[]> {
  const look = () => sql<{ pid: number }[]>`
    select pid, state, left(query, 80) as query from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and (state like 'idle in transaction%' or wait_event_type = 'Lock')`;
  const before = await look();
  if (before.length === 0) return [];
  // A transaction of the worker may just be under way: only what stays has been left behind.
  await sleep(500);
  const stayed = new Set((await look()).map(({ pid }) => pid));
  return before.filter(({ pid }) => stayed.has(pid));
}

// Ten thousand entries take the worker two seconds.
const logMsMax = 10_000;

async function untilLogWritten(sql: postgres.Sql): Promise<void> {
  for (const deadline = Date.now() + logMsMax; Date.now() < deadline; await sleep(20)) {
    const [row] = await sql<{ waiting: number }[]>`select count(*)::int as waiting from outbox`;
    if (row?.waiting === 0) return;
  }
  throw new Error(`log entries still wait after ${logMsMax} ms`);
}
