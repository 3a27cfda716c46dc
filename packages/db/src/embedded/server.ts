import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, openSync, closeSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { chmod, chown, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { type Binaries, findBinaries, makeHome } from "./binaries.ts";
import { findPostmaster, type Postmaster, stopPostmaster } from "./postmaster.ts";

export interface EmbeddedPostgresOptions {
  /** Holds everything of the server: its data, its password, its log. */
  readonly directory: string;
  /** The first port to try; the next free one is taken when it is not free. */
  readonly port: number;
  /** Settings of PostgreSQL, over those of `defaultSettings`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** The address of a database, which is created if there is none of that name. */
  url(database: string): Promise<string>;
  /**
   * The same for those who serve strangers: a login that owns nothing and can do nothing but take on
   * `roles`, which a migration has made.
   */
  servingUrl(database: string, roles: readonly string[]): Promise<string>;
  /** Leaves the server; the last one to leave stops it. */
  stop(): Promise<void>;
  /** The server ran already: another program uses it, or one that was killed left it behind. */
  readonly adopted: boolean;
}

const defaultSettings = {
  listen_addresses: "127.0.0.1",
  // TCP is enough, and a socket's path may not be longer than 107 characters.
  unix_socket_directories: "",
  // Every pool of two API processes, a worker and an audit, several times over.
  max_connections: "100",
  // In a month's trade an order touches leaf pages all over, read anew and written whole to the log after each
  // checkpoint: in one whole bench it cost PostgreSQL 1.37 of one in a new shop with 192 MB and 1 GB, in the
  // next 1.15 with these.
  shared_buffers: "512MB",
  max_wal_size: "2GB",
  // What has been written over once is there again after a checkpoint: less of the log is made anew.
  min_wal_size: "512MB",
};

// Recovering from a crash reads the log again: seconds for a gigabyte of it.
const startMsMax = 60_000;
const portsTried = 50;
const logBytesMax = 10_000_000;
const superuser = "stampede";
const servingUser = "stampede_shop";
// Any number that nobody else uses for an advisory lock in the database "postgres".
const presenceLock = 7_823_001;

/**
 * Starts a real PostgreSQL 18 on `directory`, or joins the one that runs there already.
 *
 * Everybody who uses the server holds a shared advisory lock in it, and whoever can take the
 * exclusive one on leaving was the last and stops it. So nobody owns the server: a
 * server whose starter was killed has no one in it, and the next start simply takes it over.
 * The lock goes with its connection, where a file with a process id would stay and lie.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  await makeHome(options.directory, binaries.user);
  const home = realpathSync(options.directory);
  const cluster = join(home, "data");
  if (!existsSync(cluster)) await createCluster(binaries, home, cluster);

  const deadline = Date.now() + startMsMax;
  let started: Started | undefined;
  for (let port = options.port; Date.now() < deadline; await sleep(20)) {
    const running = findPostmaster(cluster);
    if (running?.ready) {
      const presence = await enter(cluster, running);
      if (presence) return membership(presence, cluster, running, running.pid !== started?.pid);
    } else if (running === undefined && started?.failure() !== undefined) {
      port = nextPort(port, started, options);
      started = undefined;
    } else if (running === undefined && started === undefined) {
      port = await freePort(port, options.port + portsTried);
      started = launch(binaries, home, cluster, port, options.settings);
    }
  }
  throw new Error(`PostgreSQL was not ready after 60 s. Its log: ${join(home, "server.log")}`);
}

/** Stops whatever server runs on `directory`, used or not: for what dead test runs left behind. */
export async function stopAbandonedPostgres(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const cluster = join(realpathSync(directory), "data");
  const running = findPostmaster(cluster);
  if (running) await stopPostmaster(cluster, running.pid);
}

// --- using a server ---

function connect(cluster: string, port: number): postgres.Sql {
  return postgres({
    host: "127.0.0.1",
    port,
    username: superuser,
    password: passwordOf(cluster),
    database: "postgres",
    max: 1,
    connect_timeout: 5,
    // postgres.js ends a connection after about 45 minutes of its own accord, and the lock with it.
    max_lifetime: null,
    idle_timeout: 0,
    onnotice: () => {},
    connection: { application_name: "stampede presence" },
  });
}

/** Takes the shared lock; undefined while the server is on its way up or down. */
async function enter(cluster: string, running: Postmaster): Promise<postgres.Sql | undefined> {
  const sql = connect(cluster, running.port);
  try {
    const [row] = await sql`select pg_try_advisory_lock_shared(${presenceLock}) as entered`;
    if (row?.["entered"]) return sql;
  } catch (error) {
    if ((error as { code?: string }).code === "28P01") {
      throw new Error(`The password of the database in ${cluster} is not the one kept there.`);
    }
  }
  await sql.end({ timeout: 0 });
  return undefined;
}

function membership(
  presence: postgres.Sql,
  cluster: string,
  running: Postmaster,
  adopted: boolean,
): EmbeddedPostgres {
  const address = `postgres://${superuser}:${passwordOf(cluster)}@127.0.0.1:${running.port}`;
  let left: Promise<void> | undefined;
  return {
    adopted,
    async url(database) {
      await createDatabase(presence, database);
      return `${address}/${database}`;
    },
    async servingUrl(database, roles) {
      const password = servingPasswordOf(cluster);
      await allowServing(presence, password, roles);
      return `postgres://${servingUser}:${password}@127.0.0.1:${running.port}/${database}`;
    },
    stop: () => (left ??= leave(presence, cluster, running)),
  };
}

async function createDatabase(sql: postgres.Sql, name: string): Promise<void> {
  const found = await sql`select 1 from pg_database where datname = ${name}`;
  if (found.length > 0) return;
  await sql`create database ${sql(name)}`.catch((error: { code?: string }) => {
    // Another program created it at the same moment: 42P04, or 23505 from the catalogue itself.
    if (error.code !== "42P04" && error.code !== "23505") throw error;
  });
}

/** Names and password are our own and hold nothing that would need quoting. */
async function allowServing(sql: postgres.Sql, password: string, roles: readonly string[]): Promise<void> {
  const [known] = await sql`select 1 from pg_roles where rolname = ${servingUser}`;
  const verb = known ? "alter" : "create";
  await sql.unsafe(`${verb} role ${servingUser} login noinherit password '${password}'`);
  await sql.unsafe(`grant ${roles.join(", ")} to ${servingUser}`);
}

async function leave(presence: postgres.Sql, cluster: string, running: Postmaster): Promise<void> {
  try {
    // First given back, then asked for: of two who leave at once, one sees that both are gone.
    await presence`select pg_advisory_unlock_shared(${presenceLock})`;
    const [row] = await presence`select pg_try_advisory_lock(${presenceLock}) as last`;
    // The lock is held until the server is down: nobody enters one that is about to go.
    if (row?.["last"]) await stopPostmaster(cluster, running.pid);
  } catch {
    // No connection any more: the server went first.
  }
  await presence.end({ timeout: 0 });
}

// --- starting one ---

interface Started {
  readonly pid: number;
  /** What PostgreSQL said when it ended; undefined while it runs. */
  failure(): string | undefined;
}

function launch(
  { postgres: program, user }: Binaries,
  home: string,
  cluster: string,
  port: number,
  settings: Readonly<Record<string, string>> = {},
): Started {
  const logFile = join(home, "server.log");
  const full = existsSync(logFile) && statSync(logFile).size > logBytesMax;
  const log = openSync(logFile, full ? "w" : "a");
  const logStart = statSync(logFile).size;
  const flags = Object.entries({ ...defaultSettings, ...settings });
  const server = spawn(
    program,
    ["-D", cluster, "-p", String(port), ...flags.flatMap(([name, to]) => ["-c", `${name}=${to}`])],
    // Detached: Ctrl-C in a terminal must not take the database away from an API that drains.
    // To a file: a pipe would end with us, and the next program could not read what was said.
    { ...user, cwd: "/", env: { LC_ALL: "C" }, detached: true, stdio: ["ignore", log, log] },
  );
  closeSync(log);
  let ended = false;
  server.once("exit", () => (ended = true));
  server.once("error", () => (ended = true));
  server.unref();
  const said = () => readFileSync(logFile).subarray(logStart).toString();
  return { pid: server.pid ?? 0, failure: () => (ended ? said() : undefined) };
}

/** Decides from what a failed server said: the next port, the same again, or give up. */
function nextPort(port: number, started: Started, options: EmbeddedPostgresOptions): number {
  const said = started.failure() ?? "";
  if (said.includes("Address already in use")) return port + 1;
  // Someone else is starting it at the same moment, or the last one's children are still going.
  if (/lock file "postmaster.pid" already exists|shared memory block/.test(said)) return port;
  const fatal = /(?:FATAL|PANIC): *(.*)/.exec(said)?.[1] ?? "it ended without a word";
  const log = join(options.directory, "server.log");
  throw new Error(`The embedded PostgreSQL did not start: ${fatal}. Its log: ${log}`);
}

async function freePort(from: number, to: number): Promise<number> {
  for (let port = from; port < to; port += 1) if (await isFree(port)) return port;
  throw new Error(`No free port for PostgreSQL between ${from} and ${to}.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer().once("error", () => answer(false));
    probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => answer(true)));
  });
}

// --- creating its data ---

/**
 * Creates the data directory beside its place and moves it there when it is complete, so that a
 * start that was cut short leaves nothing behind that looks like a database.
 */
async function createCluster({ initdb, user }: Binaries, home: string, cluster: string) {
  const unfinished = await mkdtemp(join(home, "new-"));
  const data = join(unfinished, "data");
  const passwordFile = join(unfinished, "password");
  const password = randomBytes(24).toString("hex");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  if (user) await chown(unfinished, user.uid, user.gid);
  try {
    await run(initdb, user, [
      `--pgdata=${data}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      // A password, though only this machine can connect: other people may have accounts on it.
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      // The same order of letters on every machine, whatever its C library is.
      "--locale-provider=builtin",
      "--locale=C.UTF-8",
      "--no-instructions",
      // Whoever commits when a piece of the log is full makes the next one, and everybody waits: 60 ms every 3 s
      // with pieces of 16 MB, on a machine that has not made its pieces yet.
      "--wal-segsize=2",
    ]);
    await rename(passwordFile, join(data, passwordName));
    await chmod(join(data, passwordName), 0o600);
    // Fails when a start at the same moment was first: its data counts.
    await rename(data, cluster).catch(() => {});
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

// Beside the data it opens: they are created, moved and deleted together.
const passwordName = "stampede.password";

function passwordOf(cluster: string): string {
  return readFileSync(join(cluster, passwordName), "utf8").trim();
}

/** Made once; the same for every start, as others may be connected with it. */
function servingPasswordOf(cluster: string): string {
  const file = join(cluster, "stampede_shop.password");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

function run(program: string, user: Binaries["user"], args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...user, cwd: "/", env: { LC_ALL: "C" } });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      const reason = /error: *(.*)/.exec(said)?.[1] ?? said.trim().split("\n").at(-1);
      if (code === 0) resolve();
      else reject(new Error(`The embedded PostgreSQL could not create its data: ${reason}`));
    });
  });
}
