import { findPostmaster } from "@stampede/db/embedded/postmaster";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@stampede/db/embedded/server";
import { migrateDatabase } from "@stampede/db/migrate";
import type { TestDatabase } from "@stampede/db/testing/server";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A PostgreSQL for one test alone, which may crash it. It runs with the shop's own settings: what
 * it has committed is on the disk.
 */
export interface OwnPostgres extends AsyncDisposable {
  readonly database: TestDatabase;
  /**
   * `immediate`: told to stop as if the power went. `kill`: its first process is killed (-9), and
   * the others end when they see it. Resolves when it is down.
   */
  crash(how: "immediate" | "kill"): Promise<void>;
  /** Starts it again where it was; resolves when it takes commands. */
  start(): Promise<void>;
}

// Away from what other test servers use.
const portMin = 6_100;

export async function startOwnPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "stampede-own-"));
  // The server's user has to get at what is in it.
  await chmod(directory, 0o755);
  const cluster = join(directory, "data");
  const start = (port: number) => startEmbeddedPostgres({ directory, port, settings });

  let server: EmbeddedPostgres = await start(portMin + Math.floor(Math.random() * 300));
  const url = await server.url("shop");
  await migrateDatabase(url);
  const port = Number(new URL(url).port);

  return {
    // It goes with its server.
    database: { name: "shop", url, [Symbol.asyncDispose]: async () => {} },
    async crash(how) {
      const running = findPostmaster(cluster);
      if (!running) throw new Error("the server is down already");
      process.kill(running.pid, how === "immediate" ? "SIGQUIT" : "SIGKILL");
      while (findPostmaster(cluster)) await sleep(5);
    },
    async start() {
      server = await start(port);
      const again = Number(new URL(await server.url("shop")).port);
      if (again !== port) throw new Error(`port ${port} was taken by somebody else meanwhile`);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
