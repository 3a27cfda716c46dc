import { armFailpoints } from "@stampede/db/failpoint";
import { withRole, workerRole } from "@stampede/db/roles";
import { readEnvironment } from "./environment.ts";
import { createLog } from "./observability/log.ts";
import { stopGracefully } from "./process.ts";
import { startRelay } from "./worker/relay.ts";

/* The worker as a process of its own; the API then runs with WORKER=off. */

const environment = readEnvironment();
FAILPOINT: armFailpoints(process.argv);
const log = createLog(environment.LOG_LEVEL, "worker");
const relay = startRelay({
  url:
    environment.DATABASE_ROLES === "on"
      ? withRole(environment.DATABASE_URL, workerRole)
      : environment.DATABASE_URL,
  onError: (error) => log.warn({ err: error }, "the worker will try again"),
});
stopGracefully(log, () => relay.stop());
log.info("relaying");
