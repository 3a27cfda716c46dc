import { armFailpoints } from "@stampede/db/failpoint";
import { outboxLag } from "@stampede/db/outbox";
import { apiRole, withRole, workerRole } from "@stampede/db/roles";
import { sql } from "drizzle-orm";
import { createAuth } from "./auth/auth.ts";
import { readEnvironment } from "./environment.ts";
import { addressesIn, createClientAddress } from "./http/client-address.ts";
import { ownOriginsOf } from "./http/cross-site.ts";
import { createHttpServer } from "./http/server.ts";
import { createLog } from "./observability/log.ts";
import { createMetrics, registerGauges } from "./observability/metrics.ts";
import { refuseToStart, stopGracefully } from "./process.ts";
import { createRateLimits, noRateLimits } from "./rate-limits.ts";
import { openServices } from "./services.ts";
import { startRelay, type Relay } from "./worker/relay.ts";

/* One API process: connect, listen, and drain when told to stop. */

const environment = readEnvironment();
FAILPOINT: armFailpoints(process.argv);
const log = createLog(environment.LOG_LEVEL, "api");
const metrics = createMetrics();

/** The database as one of the shop's roles, where there are such. */
const databaseAs = (role: string): string =>
  environment.DATABASE_ROLES === "on" ? withRole(environment.DATABASE_URL, role) : environment.DATABASE_URL;

const { OTEL_EXPORTER_OTLP_ENDPOINT: collector } = environment;
const traces =
  collector === undefined
    ? undefined
    : (await import("./observability/traces.ts")).createTraces(collector, log);

let relay: Relay | undefined;
const services = openServices({
  environment: { ...environment, DATABASE_URL: databaseAs(apiRole) },
  log,
  metrics,
  onPointEntries: () => relay?.wake(),
  traces,
});
if (environment.WORKER === "on")
  relay = startRelay({
    url: databaseAs(workerRole),
    onMoved: (entries) => metrics.relayedEntries.inc(entries),
    onError: (error) => log.warn({ err: error }, "the worker will try again"),
  });

registerGauges(metrics, {
  commandsWaiting: services.shell.waiting,
  transactions: services.loads,
  outbox: () => outboxLag(services.plain.db),
});

let draining = false;
const databaseAnswers = async (): Promise<boolean> => {
  try {
    await services.plain.db.execute(sql`select 1`);
    return true;
  } catch (error) {
    log.warn({ err: error }, "the database does not answer");
    return false;
  }
};

const { LIMITS: limits } = environment;
const rateLimits =
  environment.RATE_LIMIT === "on" ? createRateLimits(limits, services.plain) : noRateLimits;
const http = createHttpServer({
  shop: services.shop,
  auth: createAuth({
    plain: services.plain,
    transactions: services.signUps,
    secret: environment.AUTH_SECRET,
    webOrigin: environment.WEB_ORIGIN,
    apiPort: environment.API_PORT,
    rateLimits,
  }),
  authSecret: environment.AUTH_SECRET,
  limits,
  rateLimits,
  traces,
  addressOf: createClientAddress(environment.TRUSTED_PROXIES),
  ownOrigins: ownOriginsOf(environment.WEB_ORIGIN, environment.API_PORT),
  mayReadMetrics: addressesIn(environment.METRICS_FROM),
  log,
  metrics,
  leanEdge: environment.HTTP_EDGE === "lean",
  isReady: async () => !draining && (await databaseAnswers()),
});

stopGracefully(log, async () => {
  draining = true;
  await http.close();
  await relay?.stop();
  await services.close();
  await traces?.close();
});

if (!(await databaseAnswers()))
  refuseToStart("The database does not answer; check DATABASE_URL and that PostgreSQL is running.");
http.server.on("error", (error: NodeJS.ErrnoException) =>
  refuseToStart(
    error.code === "EADDRINUSE"
      ? `Port ${environment.API_PORT} is in use; stop what listens there or set API_PORT to another.`
      : `The API cannot listen on port ${environment.API_PORT}: ${error.message}.`,
  ),
);
// 4,096 connections may wait to be accepted: a rush opens thousands at once.
http.server.listen({ port: environment.API_PORT, host: environment.API_HOST, backlog: 4_096 }, () =>
  log.info({ port: environment.API_PORT }, "listening"),
);
