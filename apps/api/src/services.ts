import { openPlain, type Plain } from "@stampede/db/plain";
import { openTransactions, type Transactions } from "@stampede/db/transactions";
import { refuseToStart } from "./process.ts";
import type { Logger } from "pino";
import type { Environment } from "./environment.ts";
import type { Metrics } from "./observability/metrics.ts";
import type { Traces } from "./observability/traces.ts";
import { createShell, type Shell } from "./shell/shell.ts";
import { createSoldOut } from "./shell/sold-out.ts";
import { createSharedReads, type Shop } from "./shop.ts";

/** The connections of an API process, by what they are for. */
export interface Services {
  readonly plain: Plain;
  readonly transactions: Transactions;
  /** The transactions of better-auth. */
  readonly signUps: Transactions;
  readonly shell: Shell;
  readonly shop: Shop;
  /** How busy the connections of each kind of transaction are. */
  loads(): Readonly<Record<"groups" | "signUps" | "others", ReturnType<Transactions["load"]>>>;
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly environment: Pick<
    Environment,
    "DATABASE_URL" | "GROUP_LANES" | "GROUP_SIZE_MAX" | "READ_CONNECTIONS" | "LIMITS"
  >;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onPointEntries?: () => void;
  readonly traces?: Traces | undefined;
}

/** Connects everything a process needs to carry out commands and answer reads. */
export const openServices = (options: ServicesOptions): Services => {
  const { environment, log, metrics } = options;
  const url = environment.DATABASE_URL;
  const plain = openPlain(url, environment.READ_CONNECTIONS);
  const watched = {
    onRetry: (code: string) => metrics.retries.inc({ code }),
    // 2.3: a stray BEGIN or COMMIT means the driver has lost track; fail-stop beats corruption.
    onTripwire: (message: string) => {
      log.fatal({ message }, "transaction tripwire");
      refuseToStart(`The database driver lost track of a transaction (${message}); stopping.`);
    },
  };
  const transactions = openTransactions({ url, name: "stampede transactions", connections: 2, ...watched });
  // better-auth hashes the password inside its transaction, 10 ms or more: apart, so that a crowd at
  // the door keeps no admin waiting; as many at once as Node has threads to hash with, and a line.
  const signUps = openTransactions({
    url,
    name: "stampede sign-ups",
    connections: 4,
    waitingMax: 2_000,
    ...watched,
  });
  const groups = openTransactions({
    url,
    name: "stampede groups",
    connections: environment.GROUP_LANES,
    // Half of what a command may take: there is time to find out what became of a COMMIT.
    deadlineMs: 4_000,
    ...watched,
  });

  const shared = createSharedReads(plain.db, url);
  const shell = createShell({
    transactions: groups,
    soldOut: createSoldOut(plain.db),
    lanes: environment.GROUP_LANES,
    groupSizeMax: environment.GROUP_SIZE_MAX,
    waitingMax: environment.LIMITS.commandsWaiting,
    onGroup(size, ms) {
      metrics.groupSize.observe(size);
      metrics.groupSeconds.observe(ms / 1_000);
    },
    onPoisoned(error, size) {
      metrics.poisonedGroups.inc();
      log.warn({ err: error, size }, "group failed; running its members one by one");
    },
    ...(options.onPointEntries && { onPointEntries: options.onPointEntries }),
    onSignedOut: shared.forgetSession,
    traces: options.traces,
  });

  return {
    plain,
    transactions,
    signUps,
    shell,
    shop: { shell, transactions, db: plain.db, shared },
    loads: () => ({
      groups: groups.load(),
      signUps: signUps.load(),
      others: transactions.load(),
    }),
    async close() {
      await shell.drained();
      await Promise.all([
        groups.close(),
        transactions.close(),
        signUps.close(),
        plain.close(),
      ]);
    },
  };
};
