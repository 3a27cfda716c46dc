import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** What Prometheus reads from `/metrics`. Durations are in seconds, as its conventions ask. */
export interface Metrics {
  readonly registry: Registry;
  /** Takes note of one call of a procedure, how it ended and how long it took (ms). */
  readonly observeCall: (procedure: string, outcome: string, ms: number) => void;
  readonly groupSize: Histogram;
  readonly groupSeconds: Histogram;
  readonly poisonedGroups: Counter;
  readonly retries: Counter<"code">;
  readonly relayedEntries: Counter;
}

interface PoolLoad {
  readonly busy: number;
  readonly waiting: number;
}

/** Values that are read when they are asked for. */
export interface Gauges {
  readonly commandsWaiting: () => number;
  readonly transactions: () => Readonly<Record<string, PoolLoad>>;
  readonly outbox: () => Promise<{ readonly waiting: number; readonly oldestMs: number }>;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    observeCall: callObserver(registry),
    groupSize: new Histogram({
      name: "stampede_group_size",
      help: "Commands that shared one transaction.",
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    }),
    groupSeconds: new Histogram({
      name: "stampede_group_seconds",
      help: "Duration of a group's transaction, retries included.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    poisonedGroups: new Counter({
      name: "stampede_poisoned_groups_total",
      help: "Groups that failed and whose members were run one by one.",
      registers,
    }),
    retries: new Counter({
      name: "stampede_transaction_retries_total",
      help: "Transactions run again, by SQLSTATE.",
      labelNames: ["code"],
      registers,
    }),
    relayedEntries: new Counter({
      name: "stampede_relayed_entries_total",
      help: "Entries the worker moved from the outbox to the log.",
      registers,
    }),
  };
};

/** One series for each procedure and outcome, looked up once: 3 µs a call else, of some 50. */
const callObserver = (registry: Registry): Metrics["observeCall"] => {
  const histogram = new Histogram({
    name: "stampede_procedure_seconds",
    help: "Duration of a procedure call, by procedure and outcome.",
    labelNames: ["procedure", "outcome"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const series = new Map<string, ReturnType<typeof histogram.labels>>();
  return (procedure, outcome, ms) => {
    const name = `${procedure} ${outcome}`;
    let one = series.get(name);
    if (!one) series.set(name, (one = histogram.labels(procedure, outcome)));
    one.observe(ms / 1_000);
  };
};

export const registerGauges = ({ registry }: Metrics, gauges: Gauges): void => {
  // Of several processes: what each has of its own adds up, what all see alike does not.
  const gauge = (
    name: string,
    help: string,
    read: () => number | Promise<number>,
    aggregator: "sum" | "max" = "max",
  ) =>
    new Gauge({
      name,
      help,
      aggregator,
      registers: [registry],
      async collect() {
        // A database that is away must not take the other figures with it.
        this.set(await Promise.resolve(read()).catch(() => Number.NaN));
      },
    });
  gauge("stampede_commands_waiting", "Commands that wait for a group.", gauges.commandsWaiting, "sum");
  for (const which of ["busy", "waiting"] as const)
    new Gauge({
      name: `stampede_transactions_${which}`,
      help: `Transaction connections: ${which === "busy" ? "in use" : "callers that wait"}.`,
      labelNames: ["pool"],
      registers: [registry],
      collect() {
        for (const [pool, load] of Object.entries(gauges.transactions())) this.set({ pool }, load[which]);
      },
    });
  gauge("stampede_outbox_waiting", "Log entries that wait in the outbox.", async () =>
    (await gauges.outbox()).waiting,
  );
  gauge("stampede_outbox_oldest_seconds", "Age of the oldest entry in the outbox.", async () =>
    (await gauges.outbox()).oldestMs / 1_000,
  );
};
