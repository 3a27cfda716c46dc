import { drizzle } from "drizzle-orm/postgres-js";
import type { PgTransactionConfig } from "drizzle-orm/pg-core";
import { connect, planByKey, type Connection, type Database } from "./connect.ts";
import { guardTransactions, type GuardedTransaction } from "./driver-guard.ts";
import { errorCode, isConflict, isConnectionFailure } from "./errors.ts";
import { openSlots } from "./slots.ts";

/** The handle inside a transaction; structurally different from a pool, so none is mistaken for the other. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** COMMIT may or may not have happened: the connection was lost between asking and hearing. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
}

/**
 * What a body sends last, one statement: it goes out together with COMMIT, one round trip for both. When it
 * fails, nothing has happened, for PostgreSQL takes that COMMIT as a ROLLBACK.
 */
export type Last = () => PromiseLike<unknown>;

/** What a transaction does. It may name what it sends last, and is not told when that has been done. */
export type Body<T> = (tx: Transaction, lastly: (last: Last) => void) => Promise<T>;

export interface Transactions {
  /**
   * Runs the body in one transaction and answers with its result once it is committed.
   * A serialization failure or deadlock runs the *whole body* again, at most `attemptsMax` times.
   * Throws `OutcomeUnknown` when the connection died around COMMIT or the deadline passed there,
   * `ConnectionsBusy` when it was not even begun, else whatever the body threw.
   */
  run<T>(body: Body<T>, config?: PgTransactionConfig): Promise<T>;
  /** How many connections are busy and how many callers wait, for the metrics. */
  load(): { readonly busy: number; readonly waiting: number };
  close(): Promise<void>;
}

export interface TransactionsOptions {
  readonly url: string;
  readonly name: string;
  readonly connections: number;
  readonly settings?: Readonly<Record<string, string | number>>;
  /** A transaction that takes longer than this (ms) is given up and its connection destroyed. */
  readonly deadlineMs?: number;
  /** Callers that may wait for a connection; more are refused at once. */
  readonly waitingMax?: number;
  readonly onRetry?: (code: string) => void;
  /** The server warned of a BEGIN in a transaction or a COMMIT outside: stop before harm is done. */
  readonly onTripwire?: (message: string) => void;
}

// 25001: already in a transaction. 25P01: none in progress.
const tripwireCodes = new Set(["25001", "25P01"]);

/** PostgreSQL resolves a conflict by failing one side; five tries outlast any pile-up seen. */
const attemptsMax = 5;

/**
 * The connections that run transactions, and nothing else. Each holds exactly one, so no statement
 * is ever pipelined into somebody else's transaction; who finds none free waits in line.
 */
export const openTransactions = (options: TransactionsOptions): Transactions => {
  const { deadlineMs = 8_000, waitingMax = 200 } = options;
  const slots = openSlots({
    connections: options.connections,
    waitingMax,
    open: () => openSlot(options),
  });

  return {
    async run(body, config) {
      let slot = await slots.take();
      try {
        const deadline = Date.now() + deadlineMs;
        for (let attempt = 1; ; attempt++) {
          try {
            return await attemptOnce(slot.db, body, config, deadline);
          } catch (error) {
            if (error instanceof DeadlineMissed) {
              slot = slots.replace(slot);
              throw error.committing ? new OutcomeUnknown("deadline at COMMIT") : error;
            }
            if (error instanceof OutcomeUnknown || isConnectionFailure(error)) slot = slots.replace(slot);
            if (!isConflict(error) || attempt === attemptsMax || Date.now() > deadline) throw error;
            options.onRetry?.(errorCode(error)!);
            await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt)));
          }
        }
      } finally {
        slots.giveBack(slot);
      }
    },
    load: slots.load,
    close: slots.close,
  };
};

const openSlot = (options: TransactionsOptions): Connection => {
  const { client } = connect(options.url, {
    name: options.name,
    connections: 1,
    settings: { ...planByKey, ...options.settings },
    onNotice: ({ code, message }) => {
      if (code && tripwireCodes.has(code)) options.onTripwire?.(`${code}: ${message}`);
    },
  });
  const guarded = guardTransactions(client);
  return { client: guarded, db: drizzle(guarded, { casing: "snake_case" }) };
};

/** The transaction took longer than its deadline; `committing` says whether COMMIT was asked for. */
export class DeadlineMissed extends Error {
  override readonly name = "DeadlineMissed";
  readonly committing: boolean;
  constructor(committing: boolean) {
    super("the transaction missed its deadline");
    this.committing = committing;
  }
}

const attemptOnce = async <T>(
  db: Database,
  body: Body<T>,
  config: PgTransactionConfig | undefined,
  deadline: number,
): Promise<T> => {
  let committing = false;
  let missed: DeadlineMissed | undefined;
  let last: Last | undefined;
  let lastAnswer: Promise<unknown> | undefined;
  const transaction = db.transaction(async (tx) => {
    const value = await body(tx, (named) => (last = named));
    // The caller has been told that nothing happened: so be it.
    if (missed) throw missed;
    committing = true;
    if (!last) return value;
    // Drizzle's statements are sent by each `then`: one is all that it may get.
    lastAnswer = Promise.resolve(last());
    // It may fail before anybody waits for it.
    lastAnswer.catch(() => {});
    await clientOf(tx).latestHandedOver();
    return value;
  }, config);
  const outcome = transaction.then(async (value) => {
    await lastAnswer;
    return value;
  });

  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const left = Math.max(0, deadline - Date.now());
    timer = setTimeout(() => {
      missed = new DeadlineMissed(committing);
      reject(missed);
    }, left);
  });
  try {
    return await Promise.race([outcome, late]);
  } catch (error) {
    // The loser of the race may still fail later; it has been answered for.
    outcome.catch(() => {});
    if (committing && isConnectionFailure(error))
      throw new OutcomeUnknown("connection lost around COMMIT", { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

const clientOf = ({ _: { session } }: Transaction) =>
  (session as unknown as { readonly client: GuardedTransaction }).client;

/** Full jitter, 5 to 100 ms: losers of one conflict must not meet again. */
const backoffMs = (attempt: number) => 5 + Math.random() * Math.min(95, 10 * 2 ** attempt);
