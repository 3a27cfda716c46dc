import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { databaseHosts, readEnvironment } from "./environment.mjs";

// A shop that was killed a moment ago still has to notice and to let go of its ports.
const portWaitMsMax = 2_000;
// A database that takes longer to accept a connection is too slow to run a shop on.
const connectMsMax = 5_000;

/**
 * What `npm start` can know to be wrong before it installs or builds anything.
 * Throws a sentence that says what to do.
 */
export async function preflight() {
  const { apiPort, webPort, databaseUrl } = readEnvironment();
  await requireFreePort(apiPort, "API_PORT");
  await requireFreePort(webPort, "WEB_PORT");
  if (databaseUrl !== undefined) await requireOneReachable(databaseHosts(databaseUrl));
}

/** @type {(port: number, variable: string) => Promise<void>} */
async function requireFreePort(port, variable) {
  for (const deadline = Date.now() + portWaitMsMax; ; await sleep(100)) {
    const problem = await listenProblem(port);
    if (problem === undefined) return;
    if (problem === "EADDRINUSE" && Date.now() < deadline) continue;
    const why =
      problem === "EADDRINUSE"
        ? `Port ${port} is taken, perhaps by a Stampede that runs already;`
        : `Port ${port} may not be used (${problem});`;
    throw new Error(`${why} stop what uses it, or set ${variable} to another port.`);
  }
}

/** @type {(port: number) => Promise<string | undefined>} */
function listenProblem(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (/** @type {NodeJS.ErrnoException} */ { code }) => resolve(String(code)));
    probe.listen(port, () => probe.close(() => resolve(undefined)));
  });
}

/** Of a primary and its standbys one may be away. @type {(hosts: string[]) => Promise<void>} */
async function requireOneReachable(hosts) {
  const reached = await Promise.allSettled(hosts.map((host) => requireReachable(new URL(host))));
  const [first] = reached;
  if (first?.status === "rejected" && reached.every(({ status }) => status === "rejected"))
    throw first.reason;
}

/** @type {(url: URL) => Promise<void>} */
function requireReachable(url) {
  const port = Number(url.port || 5432);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port, timeout: connectMsMax });
    const refuse = (/** @type {string} */ why) => {
      socket.destroy();
      const place = `${url.hostname}:${port}`;
      reject(new Error(`No database answers at ${place} (${why}); check DATABASE_URL.`));
    };
    socket.once("connect", () => resolve(void socket.destroy()));
    socket.once("timeout", () => refuse("no answer within 5 s"));
    socket.once("error", (/** @type {NodeJS.ErrnoException} */ { code }) => refuse(String(code)));
  });
}
