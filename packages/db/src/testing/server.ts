import { existsSync, readdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres, stopAbandonedPostgres } from "../embedded/server.ts";
import { migrateDatabase } from "../migrate.ts";

/** What a test needs to get a database of its own; plain data, handed to vitest's workers. */
export interface TestServer {
  /** A database of the server to give commands from. */
  readonly url: string;
  /** The migrated database that all others are copies of. */
  readonly template: string;
}

export interface RunningTestServer extends TestServer, AsyncDisposable {}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

const testSettings = {
  max_connections: "300",
  shared_buffers: "256MB",
  // The machine may lose power during a test run: then the run is lost anyway.
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
};

// Away from the shop's own 5440 and from what the tests of the embedded server use.
const portMin = 5500;

/**
 * A server for one test run with the migrated template in it: embedded, under `cache`, gone
 * afterwards, or the one at `url`.
 */
export async function startTestServer(cache: string, url?: string): Promise<RunningTestServer> {
  await sweepDeadRuns(cache);
  const undo: Array<() => Promise<unknown>> = [];
  const stop = async () => {
    while (undo.length > 0) await undo.pop()?.();
  };
  try {
    const serverUrl = url ?? (await startServer(cache, undo));
    const template = `stampede_template_${process.pid}`;
    undo.push(() => command(serverUrl, (sql) => drop(sql, template)));
    await command(serverUrl, async (sql) => {
      await drop(sql, template);
      await sql`create database ${sql(template)}`;
    });
    await migrateDatabase(addressOf(serverUrl, template));
    // PostgreSQL makes several copies at once, but none while somebody is in the original.
    await command(serverUrl, async (sql) => {
      await sql`alter database ${sql(template)} with allow_connections false`;
    });
    return { url: serverUrl, template, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServer(cache: string, undo: Array<() => Promise<unknown>>): Promise<string> {
  const directory = join(cache, `postgres-${process.pid}`);
  await mkdir(directory, { recursive: true });
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ directory, port: portMin, settings: testSettings });
  undo.push(() => server.stop());
  return server.url("tests");
}

/** A copy of the template: the shop's schema, nothing in it. 40 ms. */
export async function cloneDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `stampede_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await command(server.url, async (sql) => {
    await sql`create database ${sql(name)} template ${sql(server.template)}`;
  });
  return {
    name,
    url: addressOf(server.url, name),
    [Symbol.asyncDispose]: () => command(server.url, (sql) => drop(sql, name)),
  };
}

function addressOf(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}

async function drop(sql: postgres.Sql, name: string): Promise<void> {
  // With force: a test that failed half-way may have left connections open.
  await sql`drop database if exists ${sql(name)} with (force)`;
}

async function command(url: string, run: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

// A run that was killed leaves its server and its data behind; its directory tells its process.
async function sweepDeadRuns(cache: string): Promise<void> {
  const runs = existsSync(cache) ? readdirSync(cache) : [];
  for (const run of runs) {
    const pid = /^postgres-(\d+)$/.exec(run)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await stopAbandonedPostgres(join(cache, run));
    await rm(join(cache, run), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
