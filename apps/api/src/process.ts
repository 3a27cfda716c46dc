import cluster from "node:cluster";
import type { Logger } from "pino";

/** SIGTERM and Ctrl-C drain; whoever has not finished by then is cut. Contract: 10 s at most. */
const drainMaxMs = 9_000;

/**
 * Runs `drain` once when the process is told to stop, then exits with 0; a second signal or the
 * time limit ends it at once. An error nobody caught ends it too: its state is not to be trusted.
 */
export const stopGracefully = (log: Logger, drain: () => Promise<void>): void => {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "draining");
    setTimeout(() => {
      log.error("drain took too long");
      process.exit(1);
    }, drainMaxMs).unref();
    drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "drain failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  // Ctrl-C reaches everybody at once; one of several processes waits for its supervisor's word.
  process.on("SIGINT", cluster.isWorker ? () => {} : stop);
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      process.exit(1);
    });
};

/** Says in one sentence why the process cannot start, and ends it. */
export const refuseToStart = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};
