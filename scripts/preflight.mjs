import { connect, createServer } from "node:net";
import { readEnvironment } from "./environment.mjs";

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
  if (databaseUrl !== undefined) await requireReachable(new URL(databaseUrl));
}

/** @type {(port: number, variable: string) => Promise<void>} */
function requireFreePort(port, variable) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      const why =
        error.code === "EADDRINUSE"
          ? `Port ${port} is taken, perhaps by a Stampede that runs already; `
          : `Port ${port} may not be used (${error.code}); `;
      reject(new Error(`${why}stop what uses it, or set ${variable} to another port.`));
    });
    probe.listen(port, () => probe.close(() => resolve()));
  });
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
