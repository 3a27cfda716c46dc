import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiArguments, apiHeap } from "./api-heap.ts";
import { buildShop, withoutSecrets } from "./build.ts";
import { openShopDatabase } from "./database.ts";
import { readEnvironment } from "./environment.mjs";
import { keepRunning, type Program, runToEnd, type Service } from "./processes.ts";

// `npm start`: the whole shop on one machine. docs/architecture.md has the picture.

const root = fileURLToPath(new URL("..", import.meta.url));
const data = join(root, ".data");
const logs = join(data, "logs");
const api = join(root, "apps/api");
const web = join(root, "apps/web");

const environment = readEnvironment();
const { apiPort, webPort, variables } = environment;
const startedAt = performance.now();
const asked = stopRequest();
const services: Service[] = [];

// First: that it is too old or does not let us in is to be known before the long build.
const database = await openShopDatabase(environment.databaseUrl);
try {
  if (!existsSync(join(api, "dist/main.js"))) console.log("Building the shop, once: a minute...");
  await buildShop(variables, asked);
  services.push(run(storefront()));
  await prepareDatabase(database.url);
  services.push(...servers(await database.serving()).map(run));
  await Promise.race([Promise.all(services.map(({ ready }) => ready)), untilAborted(asked)]);
  if (!asked.aborted) {
    greet();
    await Promise.race([untilAborted(asked), ...services.map(({ lost }) => lost)]);
    console.log("Stopping: the last requests are answered...");
  }
} catch (error) {
  // Whoever asks to stop in the middle of a start wants no complaint about what was cut short.
  if (!asked.aborted) throw error;
} finally {
  await Promise.all(services.map((service) => service.stop()));
  await database.stop();
}

/** Aborts on the first signal to stop. One that follows after a second no longer waits. */
function stopRequest(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // npm hands on the Ctrl-C that the terminal sent here already: twice at once is one.
      if (firstAt > 0 && performance.now() - firstAt > 1_000) process.exit(1);
      firstAt ||= performance.now();
      controller.abort();
    });
  }
  return controller.signal;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Migrates, and puts the demo shop into an empty database if it is wanted there. */
async function prepareDatabase(url: string): Promise<void> {
  await runToEnd("Preparing the database", [process.execPath, join(api, "dist/prepare.js")], {
    directory: api,
    variables: serverVariables(url),
    signal: asked,
  });
}

function run(program: Program): Service {
  return keepRunning(program, (sentence) => console.error(sentence));
}

function servers({ url, roles }: { url: string; roles: boolean }): Program[] {
  const variables = { ...serverVariables(url), DATABASE_ROLES: roles ? "on" : "off" };
  const common = { directory: api, variables };
  const apiServer: Program = {
    ...common,
    name: "API",
    nodeArguments: apiArguments,
    file: join(api, "dist/main.js"),
    log: join(logs, "api.log"),
    readyUrl: `http://127.0.0.1:${apiPort}/health/ready`,
  };
  if (environment.workerInside) return [apiServer];
  const file = join(api, "dist/worker.js");
  return [apiServer, { ...common, name: "worker", file, log: join(logs, "worker.log") }];
}

function storefront(): Program {
  return {
    name: "storefront",
    file: join(web, "node_modules/next/dist/bin/next"),
    arguments: ["start", "--port", String(webPort)],
    directory: web,
    // What faces the internet knows no password of the database.
    variables: withoutSecrets({
      ...variables,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      API_URL: `http://127.0.0.1:${apiPort}`,
    }),
    log: join(logs, "web.log"),
    // A file: a page would ask the API, which may not be up yet.
    readyUrl: `http://127.0.0.1:${webPort}/icon.svg`,
  };
}

function serverVariables(databaseUrl: string): NodeJS.ProcessEnv {
  return {
    ...variables,
    NODE_ENV: "production",
    // The operator's own come last, and win.
    NODE_OPTIONS: `${apiHeap} ${variables["NODE_OPTIONS"] ?? ""}`,
    API_PORT: String(apiPort),
    WEB_ORIGIN: variables["WEB_ORIGIN"] ?? `http://localhost:${webPort}`,
    DATABASE_URL: databaseUrl,
    DEMO: environment.demo ? "on" : "off",
    AUTH_SECRET: environment.authSecret ?? keptSecret(),
  };
}

/** A secret of this shop's own, made once: with another one everybody would be signed out. */
function keptSecret(): string {
  const file = join(data, "auth-secret");
  if (!existsSync(file)) {
    mkdirSync(data, { recursive: true });
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

function greet(): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`
Stampede is up after ${seconds} s.
  storefront  http://localhost:${webPort}
  API         http://localhost:${apiPort}
  logs        ${join(".data", "logs")}`);
  if (environment.demo) {
    console.log(`
  Sign in as shopper@stampede.test or admin@stampede.test, password: stampede-demo`);
  }
  console.log("\nCtrl-C stops it; the data stays.");
}
