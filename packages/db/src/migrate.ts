import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import type postgres from "postgres";
import { guardTransactions } from "./driver-guard.ts";
import { openDriver } from "./hosts.ts";
import { grantRoles, mayTakeRoles } from "./roles.ts";

// As the server counts: 15.0. Older ones lack MERGE, and nobody tests with them.
const serverVersionMin = 150_000;
// Any number that nobody else uses for an advisory lock in the shop's database.
const migrationLock = 7_823_002;

/**
 * Brings the database to the newest schema. Processes that start at once wait for each other
 * here: the first one migrates, the others find nothing left to do.
 */
export function migrateDatabase(url: string): Promise<void> {
  return withClient(url, async (client) => {
    await checkVersion(client);
    await client`select pg_advisory_lock(${migrationLock})`;
    const migrationsFolder = findMigrations();
    await migrate(drizzle(guardTransactions(client)), { migrationsFolder });
    await grantRoles(client);
    // The lock goes with its connection.
  });
}

/** Throws a sentence when the database cannot be used or is older than the shop is written for. */
export function requireSupportedServer(url: string): Promise<void> {
  return withClient(url, (client) =>
    checkVersion(client).catch((error: Error & { code?: string }) => {
      if (error.code === undefined) throw error;
      throw new Error(`The database cannot be used (${error.message}); check DATABASE_URL.`);
    }),
  );
}

/** Whether the shop's servers can run as the roles made for them, on a database that is migrated. */
export async function canTakeRoles(url: string): Promise<boolean> {
  let may = false;
  await withClient(url, async (client) => {
    may = await mayTakeRoles(client);
  });
  return may;
}

async function checkVersion(client: postgres.Sql): Promise<void> {
  const [row] = await client`
    select current_setting('server_version_num')::int as number,
           current_setting('server_version') as name`;
  const refusal = versionRefusal(Number(row?.["number"]), String(row?.["name"]));
  if (refusal) throw new Error(refusal);
}

/** Why a server of this version will not do; undefined if it will. */
export function versionRefusal(number: number, name: string): string | undefined {
  if (number >= serverVersionMin) return undefined;
  return `The database is PostgreSQL ${name}; Stampede needs 15 or newer.`;
}

// Beside the bundle, where the API's build copies them, or in the source tree.
function findMigrations(): string {
  const places = ["./migrations", "../migrations"].map((place) => new URL(place, import.meta.url));
  const found = places.map((place) => fileURLToPath(place)).find((place) => existsSync(place));
  if (!found) throw new Error("The migrations are missing: build the API again.");
  return found;
}

async function withClient(
  url: string,
  use: (client: postgres.Sql) => Promise<void>,
): Promise<void> {
  const client = openDriver(url, {
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { application_name: "stampede migrate" },
  });
  try {
    await use(client);
  } finally {
    await client.end({ timeout: 1 });
  }
}
