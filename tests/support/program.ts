import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { inject } from "vitest";
import type { Failpoint } from "@stampede/db/failpoint";
import "./build-api.ts";
import "./build-failpoints.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of the API as a process, with nothing in its environment but what it is given. */
export interface Program {
  readonly pid: number;
  /** Resolves when the process is gone and all it said has been read. */
  readonly ended: Promise<Exit>;
  isRunning(): boolean;
  /** What it has printed so far on standard output. */
  printed(): string;
  /** What it has complained of so far on standard error. */
  complained(): string;
  kill(signal: NodeJS.Signals): void;
}

// The process goes down with the one that tests it, also when that is killed.
const watchParent = new URL("../../scripts/watch-parent.mjs", import.meta.url).href;

/** What to do at which points, as `armFailpoints` reads it: `{ "group.locked": "kill@3" }`. */
export type Armed = Readonly<Partial<Record<Failpoint, string>>>;

/** Starts the build for use; the one with failpoints if any is armed, were it with none. */
export function startProgram(
  name: "main" | "worker",
  variables: Readonly<Record<string, string>>,
  armed?: Armed,
): Program {
  const programs = inject(armed ? "apiProgramsWithFailpoints" : "apiPrograms");
  const file = join(programs, `${name}.js`);
  const harms = Object.entries(armed ?? {}).map(([point, harm]) => `${point}=${harm}`);
  const options = harms.length > 0 ? [`--failpoints=${harms.join(",")}`] : [];
  const child = spawn(process.execPath, ["--import", watchParent, file, ...options], {
    cwd: programs,
    env: { PATH: process.env["PATH"], ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let running = true;
  let printed = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complained += text));
  const ended = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => (running = false));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  // Whoever waits for it is told; nobody has to.
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ended,
    isRunning: () => running,
    printed: () => printed,
    complained: () => complained,
    kill: (signal) => child.kill(signal),
  };
}

// Below the range the kernel takes the ports of outgoing connections from.
const portRange = { from: 20_000, to: 32_000 };

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portRange.from + Math.floor(Math.random() * (portRange.to - portRange.from));
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
