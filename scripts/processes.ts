import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Program {
  /** How people know it: "API". */
  readonly name: string;
  /** A file for Node, and its arguments. */
  readonly file: string;
  readonly arguments?: readonly string[];
  /** Arguments for Node itself. */
  readonly nodeArguments?: readonly string[];
  readonly directory: string;
  readonly variables: NodeJS.ProcessEnv;
  /** Where what it prints goes. */
  readonly log: string;
  /** Answers with a status below 500 once the program is of use. */
  readonly readyUrl?: string;
}

export interface Service {
  /** Resolves once it is of use; rejects with a sentence when it will not be. */
  readonly ready: Promise<void>;
  /** Rejects with a sentence when it dies too often; never resolves. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
}

// A database that recovers, or the first page of a cold storefront, takes seconds; not a minute.
const readyMsMax = 60_000;
// The API drains for a few seconds; what has not ended by then will not, and the database still
// has to stop within the ten seconds that Ctrl-C may take.
const drainMsMax = 9_200;
// One crash is bad luck; five within a minute mean that it cannot run.
const deathsMax = 5;
const deathWindowMs = 60_000;
const restartPauseMs = 500;

/** Runs a program and restarts it when it dies. It goes down with this process in any case. */
export function keepRunning(program: Program, tell: (sentence: string) => void): Service {
  mkdirSync(dirname(program.log), { recursive: true });
  let stopping = false;
  let child = launch(program);
  const ready = untilReady(program, () => (stopping ? "stopped" : exitOf(child)));

  const lost = (async (): Promise<never> => {
    const deaths: number[] = [];
    await ready;
    for (;;) {
      await ended(child);
      // A stop that was asked for is no loss: nobody waits for this any more.
      if (stopping) return new Promise<never>(() => {});
      deaths.push(Date.now());
      const recent = deaths.filter((at) => at > Date.now() - deathWindowMs);
      const how = `The ${program.name} ended (${exitOf(child)})`;
      if (recent.length >= deathsMax) {
        throw new Error(`${how} ${deathsMax} times within a minute. ${lastWords(program)}`);
      }
      tell(`${how} and is started again. ${lastWords(program)}`);
      await sleep(restartPauseMs);
      if (!stopping) child = launch(program);
    }
  })();
  lost.catch(() => {});

  return {
    ready,
    lost,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      const cutOff = setTimeout(() => child.kill("SIGKILL"), drainMsMax);
      await ended(child);
      clearTimeout(cutOff);
    },
  };
}

/** Runs a command to its end. Rejects with a sentence when it fails; an abort stops it. */
export async function runToEnd(
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  options: { directory: string; variables: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<void> {
  const { directory: cwd, variables: env, signal } = options;
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], signal });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  child.once("error", () => {});
  await ended(child, "close");
  if (child.exitCode === 0) return;
  // Worth reading only when it failed.
  if (!signal?.aborted) process.stderr.write(said);
  throw new Error(`${name} failed, see above.`);
}

function launch(program: Program): ChildProcess {
  const log = openSync(program.log, "a");
  const watchParent = new URL("./watch-parent.mjs", import.meta.url).href;
  const child = spawn(
    process.execPath,
    [...(program.nodeArguments ?? []), "--import", watchParent, program.file, ...(program.arguments ?? [])],
    {
      cwd: program.directory,
      env: program.variables,
      // A group of its own: Ctrl-C reaches this process only, which then stops one after another.
      detached: true,
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  return child;
}

async function untilReady(program: Program, exit: () => string | undefined): Promise<void> {
  if (program.readyUrl === undefined) return;
  for (const deadline = Date.now() + readyMsMax; Date.now() < deadline; await sleep(50)) {
    const reason = exit();
    if (reason) {
      throw new Error(`The ${program.name} did not start (${reason}). ${lastWords(program)}`);
    }
    if ((await statusOf(program.readyUrl)) < 500) return;
  }
  throw new Error(`The ${program.name} was not ready after 60 s. ${lastWords(program)}`);
}

/** The status a GET is answered with; infinity when there is no answer. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    // No agent, and so no connection kept alive that the program would wait for when it stops.
    get(url, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? Infinity);
    }).once("error", () => resolve(Infinity));
  });
}

function exitOf(child: ChildProcess): string | undefined {
  if (child.signalCode) return child.signalCode;
  return child.exitCode === null ? undefined : `exit code ${child.exitCode}`;
}

function ended(child: ChildProcess, by: "exit" | "close" = "exit"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once(by, () => resolve());
    // It could not even be started.
    child.once("error", () => resolve());
  });
}

function lastWords({ log }: Program): string {
  const line = readFileSync(log, "utf8").trimEnd().split("\n").at(-1)?.slice(0, 300);
  return `Its last words: ${line || "none"} (${log})`;
}
