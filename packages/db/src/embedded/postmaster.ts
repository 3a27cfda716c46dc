import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A PostgreSQL server that runs on a data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

// A fast shutdown writes a checkpoint: 20-200 ms here. Past this, the server is cut off, and its
// next start recovers from the log.
const shutdownMsMax = 8_000;

/** The server that runs on `cluster`, undefined if there is none. Reads `postmaster.pid`. */
export function findPostmaster(cluster: string): Postmaster | undefined {
  const file = join(cluster, "postmaster.pid");
  const text = textOf(file);
  if (text === undefined) return undefined;
  // One line each: pid, data directory, start time, port, socket, address, memory, status.
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  const liveness = livenessOf(pid, cluster);
  // PostgreSQL clears the file of a dead server itself, but not one whose pid went to a stranger.
  if (liveness === "stranger") rmSync(file, { force: true });
  if (liveness !== "alive") return undefined;
  return { pid, port: Number(lines[3]), ready: /^(ready|standby)\s*$/.test(lines[7] ?? "") };
}

/** Read without asking first whether it is there: a server that stops takes it away in between. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Stops the server: first as usual, disconnecting everybody, in the end at once. */
export async function stopPostmaster(cluster: string, pid: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    if (!isRunning(cluster, pid)) return;
    process.kill(pid, signal);
    const deadline = Date.now() + shutdownMsMax;
    while (isRunning(cluster, pid) && Date.now() < deadline) await sleep(10);
  }
}

function isRunning(cluster: string, pid: number): boolean {
  return findPostmaster(cluster)?.pid === pid;
}

function livenessOf(pid: number, cluster: string): "alive" | "dead" | "stranger" {
  if (!Number.isInteger(pid) || pid <= 0) return "dead";
  try {
    process.kill(pid, 0);
  } catch {
    return "dead";
  }
  if (process.platform !== "linux") return "alive";
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // Empty: a dead process whose parent has not asked for its exit code yet.
    if (commandLine === "") return "dead";
    return commandLine.includes(realpathSync(cluster)) ? "alive" : "stranger";
  } catch {
    return "dead";
  }
}
