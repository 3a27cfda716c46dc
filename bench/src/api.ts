import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { apiArguments, apiHeap } from "../../scripts/api-heap.ts";
import type { Stage } from "./stage.ts";

/** A process that answers HTTP. */
export interface Served {
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The API as it is built and run everywhere; only the rate limit is off. */
export const startApi = (
  { url }: Stage,
  settings: Readonly<Record<string, string>> = {},
): Promise<Served> =>
  serve([...apiArguments, path("../../apps/api/dist/main.js")], "/health/ready", {
    NODE_ENV: "production",
    NODE_OPTIONS: apiHeap,
    DATABASE_URL: url,
    AUTH_SECRET: "only for the bench, and of no use elsewhere",
    RATE_LIMIT: "off",
    ...settings,
  });

/** The floor: see bare-server.ts. */
export const startBareServer = (): Promise<Served> =>
  serve(["--import", "tsx", path("bare-server.ts")], "/", { NODE_ENV: "production" });

const serve = async (
  args: readonly string[],
  readyPath: string,
  settings: Readonly<Record<string, string>>,
): Promise<Served> => {
  const port = await freePort();
  // It goes down with the bench, however that ends.
  const watchParent = new URL("../../scripts/watch-parent.mjs", import.meta.url).href;
  const child: ChildProcess = spawn(process.execPath, ["--import", watchParent, ...args], {
    cwd: path("../.."),
    env: { ...process.env, API_PORT: String(port), API_HOST: "127.0.0.1", ...settings },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ready = async () =>
    (await fetch(`http://127.0.0.1:${port}${readyPath}`).catch(() => undefined))?.ok ?? false;
  while (!(await ready())) {
    // It has said why on its own.
    if (child.exitCode !== null) throw new Error(`What was to serve port ${port} did not start.`);
    await sleep(50);
  }
  return {
    port,
    pid: child.pid!,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
};

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
};
