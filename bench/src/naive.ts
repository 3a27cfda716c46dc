import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/*
 * The reference: the same transactions written by hand in SQL, one command each, 32 connections,
 * prepared, straight on the database, run by PostgreSQL's own `pgbench`.
 */

const connections = 32;

/** Where `pgbench` is: on the PATH, or where Debian puts it. */
const findPgbench = (): string | undefined => {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const folders = [
    ...(process.env["PATH"] ?? "").split(":"),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  return folders.map((folder) => join(folder, "pgbench")).find((file) => existsSync(file));
};

/** Runs one of `sql/` for some seconds and answers transactions a second; throws a sentence without pgbench. */
export const runNaive = async (
  url: string,
  script: "order" | "charge" | "claim",
  variables: Readonly<Record<string, number>>,
  seconds: number,
): Promise<number> => {
  const pgbench = findPgbench();
  if (!pgbench) throw new Error("The bench compares with pgbench; install PostgreSQL's client programs.");
  const given = Object.entries(variables).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
  const file = fileURLToPath(new URL(`../sql/${script}.sql`, import.meta.url));
  const { stdout } = await promisify(execFile)(pgbench, [
    ...["-n", "-M", "prepared", "-c", String(connections), "-j", "2", "-T", String(seconds)],
    ...[...given, "-f", file, url],
  ]);
  const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`pgbench said: ${stdout}`);
  return Number(rate);
};
