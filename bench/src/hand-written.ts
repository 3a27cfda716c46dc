import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/*
 * The reference: the same transactions written by hand in SQL (bench/sql), one command each, 32
 * connections, prepared, statement by statement, straight on the database. PostgreSQL's own `pgbench`
 * runs them where it is installed; elsewhere a program of ours does, which costs more CPU than pgbench
 * (see by-driver.ts) and is named in the table.
 */

export const connections = 32;

export type Script = "order" | "charge" | "claim";

/** So many seconds, or so many transactions each connection. */
export type Extent = { readonly seconds: number } | { readonly transactionsEach: number };

export interface Ran {
  readonly perSecond: number;
  readonly transactions: number;
}

export interface HandWritten {
  /** As the table names it. */
  readonly name: string;
  run(
    url: string,
    script: Script,
    variables: Readonly<Record<string, number>>,
    extent: Extent,
  ): Promise<Ran>;
}

export const fileOf = (script: Script): string =>
  fileURLToPath(new URL(`../sql/${script}.sql`, import.meta.url));

export const findHandWritten = (wantPgbench: boolean): HandWritten => {
  const program = wantPgbench ? findPgbench() : undefined;
  return program === undefined ? byDriver : byPgbench(program);
};

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

const byPgbench = (program: string): HandWritten => {
  const version = execFileSync(program, ["--version"], { encoding: "utf8" });
  return {
    name: `hand-written SQL (pgbench ${/\d+/.exec(version)?.[0] ?? ""})`,
    async run(url, script, variables, extent) {
      const given = Object.entries(variables).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
      const length = "seconds" in extent ? ["-T", `${extent.seconds}`] : ["-t", `${extent.transactionsEach}`];
      const { stdout } = await promisify(execFile)(program, [
        ...["-n", "-M", "prepared", "-c", String(connections), "-j", "2", ...length],
        ...[...given, "-f", fileOf(script), url],
      ]);
      return ranAs(
        stdout,
        /^tps = ([\d.]+)/m.exec(stdout)?.[1],
        /^number of transactions actually processed: (\d+)/m.exec(stdout)?.[1],
      );
    },
  };
};

const byDriver: HandWritten = {
  name: "hand-written SQL (postgres.js)",
  async run(url, script, variables, extent) {
    const program = fileURLToPath(new URL("by-driver.ts", import.meta.url));
    const task = JSON.stringify({ url, script, variables, extent });
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, task], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    const ran = JSON.parse(stdout) as Ran;
    return ranAs(stdout, String(ran.perSecond), String(ran.transactions));
  },
};

const ranAs = (said: string, perSecond: string | undefined, transactions: string | undefined): Ran => {
  if (!Number(perSecond) || !Number(transactions)) throw new Error(`The hand-written SQL said: ${said}`);
  return { perSecond: Number(perSecond), transactions: Number(transactions) };
};
