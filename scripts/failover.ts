import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnvironment } from "./environment.mjs";

// `npm run failover`: two PostgreSQL servers, the second a synchronous standby of the first, two API
// processes and forty shoppers; the primary is killed, the standby promoted, and every answer that
// was given is looked for. `npm run failover -- 5` does it five times. Exit 1 when one is missing.

const times = process.argv[3] ?? "1";
if (!/^[1-9]\d{0,2}$/.test(times)) {
  throw new Error(`"${times}" is no number of times from 1 to 999, as in npm run failover -- 5.`);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const watchParent = new URL("./watch-parent.mjs", import.meta.url).href;
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const child = spawn(
  process.execPath,
  ["--import", watchParent, vitest, "run", "--project=standby"],
  {
    cwd: root,
    env: { ...readEnvironment().variables, FAILOVERS: times },
    stdio: ["ignore", "inherit", "inherit"],
  },
);
const [status] = (await once(child, "exit")) as [number | null];
process.exitCode = status ?? 1;
