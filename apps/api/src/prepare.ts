import { migrateDatabase } from "@stampede/db/migrate";
import { createAuth } from "./auth/auth.ts";
import { seedDemoShop } from "./demo/seed.ts";
import { readEnvironment } from "./environment.ts";
import { createLog } from "./observability/log.ts";
import { createMetrics } from "./observability/metrics.ts";
import { refuseToStart } from "./process.ts";
import { noRateLimits } from "./rate-limits.ts";
import { openServices } from "./services.ts";

/* Makes a database ready for the shop: its schema and, with DEMO=on, the demo shop. Then ends. */

const environment = readEnvironment();
const log = createLog(environment.LOG_LEVEL, "prepare");

try {
  await migrateDatabase(environment.DATABASE_URL);
} catch (error) {
  log.debug({ err: error }, "migration failed");
  refuseToStart(`The database cannot be prepared: ${error instanceof Error ? error.message : "unknown"}`);
}

if (environment.DEMO === "on") {
  const services = openServices({ environment, log, metrics: createMetrics() });
  const auth = createAuth({
    plain: services.plain,
    transactions: services.signUps,
    secret: environment.AUTH_SECRET,
    webOrigin: environment.WEB_ORIGIN,
    apiPort: environment.API_PORT,
    rateLimits: noRateLimits,
  });
  await seedDemoShop(environment.DATABASE_URL, services, auth);
  await services.close();
}
