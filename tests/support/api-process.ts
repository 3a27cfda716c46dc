import { setTimeout as sleep } from "node:timers/promises";
import type { Http } from "./http.ts";
import { freePort, startProgram, type Armed, type Exit, type Program } from "./program.ts";

export const authSecret = "a secret that the processes of these tests share";

/** One API process on a port of its own; started again, it listens where it did before. */
export interface ApiProcess {
  readonly url: string;
  readonly port: number;
  /** The latest of its lives. */
  program(): Program;
  lives(): readonly Program[];
  /** SIGTERM; resolves when it has drained. */
  stop(): Promise<Exit>;
  /** SIGKILL: no chance to finish anything. */
  kill(): Promise<Exit>;
  /** Starts it again after it has ended, with other failpoints armed if there are any. */
  start(armed?: Armed): Promise<void>;
  /** The lines of its log, those of earlier lives included. */
  log(): Record<string, unknown>[];
}

// A cold start on a busy machine takes three seconds; more is no start.
const readyMsMax = 20_000;
const startTriesMax = 5;

export async function startApi(
  http: Http,
  variables: Readonly<Record<string, string>>,
  armed?: Armed,
): Promise<ApiProcess> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const api = apiOn(port, http, variables);
    try {
      await api.start(armed);
      return api;
    } catch (error) {
      // Somebody was faster at the port, or the machine is so busy that connecting took too long.
      const badLuck = /is in use|does not answer/.test(api.program().complained());
      if (!badLuck || attempt === startTriesMax) throw error;
    }
  }
}

function apiOn(port: number, http: Http, variables: Readonly<Record<string, string>>): ApiProcess {
  const url = `http://127.0.0.1:${port}`;
  const lives: Program[] = [];
  const program = () => lives.at(-1)!;
  const end = (signal: NodeJS.Signals) => {
    program().kill(signal);
    return program().ended;
  };
  return {
    url,
    port,
    program,
    lives: () => lives,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async start(armed) {
      const mine = {
        RATE_LIMIT: "off",
        LOG_LEVEL: "warn",
        DATABASE_ROLES: "on",
        ...variables,
        AUTH_SECRET: authSecret,
        API_PORT: String(port),
        API_HOST: "127.0.0.1",
      };
      lives.push(startProgram("main", mine, armed));
      await untilReady(http, url, program());
    },
    log: () => lives.flatMap((life) => linesOf(life.printed())),
  };
}

function linesOf(printed: string): Record<string, unknown>[] {
  return printed
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function untilReady(http: Http, url: string, program: Program): Promise<void> {
  for (const deadline = Date.now() + readyMsMax; Date.now() < deadline; await sleep(20)) {
    if (!program.isRunning()) {
      await program.ended;
      break;
    }
    const answered = await http.send(`${url}/health/ready`).catch(() => undefined);
    if (answered?.status === 200) return;
  }
  program.kill("SIGKILL");
  throw new Error(`the API is not ready: ${program.complained()}${program.printed()}`);
}
