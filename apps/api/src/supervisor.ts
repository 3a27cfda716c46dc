import cluster from "node:cluster";
import { once } from "node:events";
import type { Logger } from "pino";
import { answerMetrics } from "./observability/metrics-of-all.ts";
import { stopGracefully } from "./process.ts";

/** Before another try (ms) when a process ended without having served: the database may be away. */
const pauseMs = 1_000;

/**
 * Runs `count` API processes behind one port. They take their connections from the one socket that
 * this process holds open: handed over by it, those under way to a process that is killed would be
 * answered by nobody, for ever. Each is a whole API; one that ends is replaced.
 */
export const superviseProcesses = (count: number, log: Logger): void => {
  const serving = new Set<number>();
  let everServed = false;
  let stopping = false;

  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const start = () => {
    if (!stopping) cluster.fork();
  };
  cluster.on("listening", ({ id }) => {
    serving.add(id);
    if (everServed) return;
    everServed = true;
    // Only now: what keeps the first from starting would keep all, and is to be said once.
    for (let more = 1; more < count; more++) start();
  });
  cluster.on("exit", ({ id, process: { pid } }, code, signal) => {
    if (stopping) return;
    if (!everServed) process.exit(code || 1);
    log.error({ pid, code, signal }, "an API process ended; another takes its place");
    setTimeout(start, serving.delete(id) ? 0 : pauseMs);
  });
  answerMetrics(log);
  start();

  stopGracefully(log, async () => {
    stopping = true;
    const processes = Object.values(cluster.workers ?? {}).filter((each) => each !== undefined);
    for (const each of processes) each.process.kill("SIGTERM");
    await Promise.all(processes.map((each) => each.isDead() || once(each, "exit")));
  });
};
