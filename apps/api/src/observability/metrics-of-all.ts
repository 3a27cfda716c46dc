import cluster from "node:cluster";
import type { Logger } from "pino";
import { AggregatorRegistry, type Registry } from "prom-client";

/*
 * Whichever of several processes is asked for metrics answers for all of them: each alone would tell
 * Prometheus other figures every time.
 */

const request = "stampede metrics";
interface Reply {
  readonly [request]: string | undefined;
}

/** For the supervisor: adds up what its processes have measured when one of them asks. */
export const answerMetrics = (log: Logger): void => {
  const all = new AggregatorRegistry();
  cluster.on("message", (asking, message: unknown) => {
    if (message !== request) return;
    all.clusterMetrics().then(
      (text) => asking.send({ [request]: text } satisfies Reply),
      (error: unknown) => {
        log.warn({ err: error }, "a process did not tell its metrics");
        asking.send({ [request]: undefined } satisfies Reply);
      },
    );
  });
};

/** Reads the metrics of this process, or of all processes under its supervisor. */
export const createMetricsReader = (registry: Registry): (() => Promise<string>) => {
  if (!cluster.isWorker) return () => registry.metrics();
  // Makes the library answer its own questions to this process.
  void new AggregatorRegistry();
  AggregatorRegistry.setRegistries(registry);

  let waiting: ((text: string | undefined) => void)[] = [];
  process.on("message", (message: object) => {
    if (!(request in message)) return;
    const text = (message as Reply)[request];
    for (const answer of waiting) answer(text);
    waiting = [];
  });
  return async () => {
    const text = await new Promise<string | undefined>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) process.send?.(request);
    });
    return text ?? registry.metrics();
  };
};
