import cluster from "node:cluster";
import { readEnvironment } from "./environment.ts";
import { createLog } from "./observability/log.ts";
import { superviseProcesses } from "./supervisor.ts";

/* The API: one process, or `API_PROCESSES` of them behind one port. */

const environment = readEnvironment();
if (environment.API_PROCESSES > 1 && cluster.isPrimary)
  superviseProcesses(environment.API_PROCESSES, createLog(environment.LOG_LEVEL, "supervisor"));
else await import("./serve.ts");
