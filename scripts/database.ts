import { fileURLToPath } from "node:url";
import { startEmbeddedPostgres } from "@stampede/db/embedded/server";
import { canTakeRoles, migrateDatabase, requireSupportedServer } from "@stampede/db/migrate";
import { apiRole, workerRole } from "@stampede/db/roles";
import { readEnvironment } from "./environment.mjs";

export interface ShopDatabase {
  readonly url: string;
  /** How the shop's servers reach it once it is migrated, and whether they take on their roles there. */
  serving(): Promise<{ readonly url: string; readonly roles: boolean }>;
  /** Leaves it as it was found: an embedded server that others use goes on. */
  stop(): Promise<void>;
}

// Nobody else is likely to be here, and it stays clear of a PostgreSQL of the machine's own.
const embeddedPort = 5440;

/** The database at `databaseUrl`, or else the embedded one under .data/, started if need be. */
export async function openShopDatabase(databaseUrl: string | undefined): Promise<ShopDatabase> {
  if (databaseUrl !== undefined) {
    await requireSupportedServer(databaseUrl);
    return {
      url: databaseUrl,
      serving: async () => ({ url: databaseUrl, roles: await canTakeRoles(databaseUrl) }),
      stop: () => Promise.resolve(),
    };
  }
  const directory = fileURLToPath(new URL("../.data/postgres", import.meta.url));
  const server = await startEmbeddedPostgres({ directory, port: embeddedPort });
  return {
    url: await server.url("stampede"),
    serving: async () => ({
      url: await server.servingUrl("stampede", [apiRole, workerRole]),
      roles: true,
    }),
    stop: () => server.stop(),
  };
}

/** Gives `use` the shop's database, migrated, for as long as it runs: for commands of their own. */
export async function withShopDatabase<T>(use: (url: string) => Promise<T>): Promise<T> {
  const database = await openShopDatabase(readEnvironment().databaseUrl);
  try {
    await migrateDatabase(database.url);
    return await use(database.url);
  } finally {
    await database.stop();
  }
}
