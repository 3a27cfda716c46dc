import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

const root = fileURLToPath(new URL("../../..", import.meta.url));

// A cold start on two busy cores takes seconds, not half a minute.
const readyMsMax = 30_000;

export interface ApiSettings {
  readonly databaseUrl: string;
  readonly apiPort: number;
  readonly webUrl: string;
  readonly demo?: boolean;
}

/** What the API reads; rate limits are off, as thirty rivals come from one address. */
export const apiVariables = (settings: ApiSettings): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_ENV: "production",
  DATABASE_URL: settings.databaseUrl,
  API_PORT: String(settings.apiPort),
  WEB_ORIGIN: settings.webUrl,
  AUTH_SECRET: "a-secret-for-tests-that-is-long-enough",
  RATE_LIMIT: "off",
  DATABASE_ROLES: "on",
  DEMO: settings.demo ? "on" : "off",
});

/** A process of the shop that a story may kill and start again. */
export class Program {
  #child: ChildProcess | undefined;
  readonly #name: string;
  readonly #arguments: readonly string[];
  readonly #directory: string;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #readyUrl: string;

  constructor(options: {
    name: string;
    arguments: readonly string[];
    directory: string;
    variables: NodeJS.ProcessEnv;
    readyUrl: string;
  }) {
    this.#name = options.name;
    this.#arguments = options.arguments;
    this.#directory = `${root}/${options.directory}`;
    this.#variables = options.variables;
    this.#readyUrl = options.readyUrl;
  }

  async start(): Promise<void> {
    mkdirSync(`${root}/test-results`, { recursive: true });
    const log = openSync(`${root}/test-results/${this.#name}.log`, "a");
    this.#child = spawn(process.execPath, [...this.#arguments], {
      cwd: this.#directory,
      env: this.#variables,
      stdio: ["ignore", log, log],
    });
    for (const deadline = Date.now() + readyMsMax; Date.now() < deadline; await sleep(50)) {
      if (this.#child.exitCode !== null) throw new Error(`${this.#name} ended while starting.`);
      const answer = await fetch(this.#readyUrl).catch(() => undefined);
      if (answer && answer.status < 500) return;
    }
    throw new Error(`${this.#name} was not ready after 30 s.`);
  }

  /** As a power cut does it: no goodbye. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
}
