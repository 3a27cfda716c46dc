import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, statSync } from "node:fs";
import { appendFile, chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { findBinaries } from "../embedded/binaries.ts";
import { findPostmaster, stopPostmaster } from "../embedded/postmaster.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../embedded/server.ts";
import { migrateDatabase } from "../migrate.ts";
import { until } from "./shop.ts";

/** Two PostgreSQL servers: a primary that answers no COMMIT before its standby has it on disk. */
export interface ReplicatedPostgres extends AsyncDisposable {
  /** The shop's database, with both hosts in its address. */
  readonly url: string;
  /** Its addresses with one host each. */
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** The primary's process is killed (-9); what it had in memory is gone. */
  killPrimary(): void;
  /** The standby becomes the primary; resolves when it takes writes. */
  promoteStandby(): Promise<void>;
  /** The old primary is started again as if nothing had happened: both take writes then. */
  startOldPrimary(): Promise<void>;
}

// Away from what other test servers use.
const portMin = 5_850;

/** Why no standby can be set up on this machine; undefined when one can. */
export const replicationProblem = async (): Promise<string | undefined> => {
  const { postgres: program } = await findBinaries();
  const receiver = join(dirname(program), "../lib/postgresql/libpqwalreceiver");
  const found = ["so", "dylib", "dll"].some((ending) => existsSync(`${receiver}.${ending}`));
  return found ? undefined : `this PostgreSQL cannot follow another: no ${receiver}`;
};

/** Sets both up with the shop's schema in them. Needs nothing but the server's own program: 4 s. */
export const startReplicatedPostgres = async (): Promise<ReplicatedPostgres> => {
  const home = realpathSync(await mkdtemp(join(tmpdir(), "stampede-replicated-")));
  // The server's user has to get at what is in it.
  await chmod(home, 0o755);
  const [primary, standby] = [join(home, "primary"), join(home, "standby")];

  const alone = await startEmbeddedPostgres({ directory: primary, port: portMin });
  await migrateDatabase(await alone.url("shop"));
  await alone.stop();
  // A server that was shut down is whole: its directory is as good as any base backup.
  await mkdir(standby);
  spawnSync("cp", ["-a", join(primary, "data"), join(standby, "data")]);

  const start = (directory: string, settings: Record<string, string> = {}) =>
    startEmbeddedPostgres({ directory, port: portMin, settings });
  const synchronous = { synchronous_standby_names: "*" };
  const servers: EmbeddedPostgres[] = [await start(primary, synchronous)];
  const primaryUrl = await servers[0]!.url("shop");
  await follow(join(standby, "data"), new URL(primaryUrl));
  servers.push(await start(standby));
  const standbyUrl = await servers[1]!.url("shop");
  await untilSynchronous(primaryUrl);

  return {
    url: bothHosts(primaryUrl, standbyUrl),
    primaryUrl,
    standbyUrl,
    killPrimary: () => process.kill(findPostmaster(join(primary, "data"))!.pid, "SIGKILL"),
    promoteStandby: () => asked(standbyUrl, (sql) => sql`select pg_promote(true, 30)`),
    async startOldPrimary() {
      servers.push(await start(primary, synchronous));
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server.stop();
      // A killed one is not left by anybody.
      for (const directory of [primary, standby]) {
        const running = findPostmaster(join(directory, "data"));
        if (running) await stopPostmaster(join(directory, "data"), running.pid);
      }
      await rm(home, { recursive: true, force: true });
    },
  };
};

/** Makes the copied data directory a standby of that primary. */
const follow = async (data: string, primary: URL): Promise<void> => {
  const settings = {
    host: primary.hostname,
    port: primary.port,
    user: primary.username,
    password: primary.password,
    application_name: "standby",
  };
  const conninfo = Object.entries(settings).map((setting) => setting.join("="));
  // In the file, not on the command line: there everybody could read the password.
  await appendFile(
    join(data, "postgresql.auto.conf"),
    `primary_conninfo = '${conninfo.join(" ")}'\n`,
  );
  const signal = join(data, "standby.signal");
  await writeFile(signal, "");
  const { uid, gid } = statSync(data);
  await chown(signal, uid, gid);
};

const untilSynchronous = (url: string): Promise<void> =>
  asked(url, (sql) =>
    until(async () => {
      const rows = await sql`
        select from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`;
      return rows.length === 1;
    }),
  );

const asked = async (url: string, ask: (sql: postgres.Sql) => PromiseLike<unknown>) => {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await ask(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
};

const bothHosts = (first: string, second: string): string =>
  first.replace(new URL(first).host, `${new URL(first).host},${new URL(second).host}`);
