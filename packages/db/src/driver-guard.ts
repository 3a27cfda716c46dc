import type { Sql, TransactionSql } from "postgres";

type Begin = Sql["begin"];
type Body<T> = (transaction: TransactionSql) => Promise<T>;

/**
 * Makes postgres.js transactions safe when their connection dies.
 *
 * postgres.js 3.4.9 rejects `begin()` when the backend dies, but the callback runs on, and its later
 * statements run in autocommit on the reopened connection: a debit is rolled back and its credit is
 * applied (porsager/postgres #1216, #1204, #1155; reproduced in driver-guard.test.ts). Here every
 * handle that the callback was given dies with the transaction, however it ends, and the callback of
 * a dead transaction never settles, so that the driver cannot send its COMMIT, or go back to its
 * savepoint, on a recycled connection that is in somebody else's transaction by now.
 *
 * Statements are prepared by their text: Drizzle asks the driver not to, and then each costs a second
 * round trip, a plan of its own, and its place in the pipeline.
 */
export const guardTransactions = (client: Sql): Sql => {
  const begin = client.begin.bind(client) as (options: string, body: Body<unknown>) => Promise<unknown>;

  const guarded = (...args: [Body<unknown>] | [string, Body<unknown>]) => {
    const [options, body] = args.length === 1 ? ["", args[0]] : args;
    const fence: Fence = { dead: undefined };
    const outcome = begin(options, (transaction) =>
      whileAlive(fence, () => body(fenced(transaction, fence))).finally(() => {
        // What the body left running must not follow the COMMIT or ROLLBACK that is sent now.
        fence.dead = new Error("the transaction is over");
      }),
    );
    outcome.catch((error: Error) => {
      fence.dead ??= error;
    });
    return outcome;
  };

  client.begin = guarded as unknown as Begin;
  return client;
};

interface Fence {
  dead: Error | undefined;
  /** What was asked for last. */
  latest?: DriverQuery;
}

/** Of a query of the driver: whether it takes it that the server knows the statement. */
interface DriverQuery {
  prepared: boolean;
}

/** The handle that a body is given. */
export interface GuardedTransaction extends TransactionSql {
  /** Resolves when COMMIT may be sent behind the statement that was asked for last, before its answer is here. */
  latestHandedOver(): Promise<void>;
}

const latestHandedOver = async (fence: Fence): Promise<void> => {
  // By the next tick the driver has whatever it was to be given.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  // A statement that the server no longer knows the driver prepares and sends again: here that would be behind
  // COMMIT, outside of any transaction. Of one that was not prepared it tells the error.
  if (fence.latest) fence.latest.prepared = false;
};

/** What the body answers as long as its transaction lives; of a dead one nothing is heard. */
const whileAlive = <T>(fence: Fence, body: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    // A body that throws before its first await must reject like any other.
    Promise.resolve()
      .then(body)
      .then(
        (value) => fence.dead ?? resolve(value),
        (error: unknown) => fence.dead ?? reject(error as Error),
      );
  });

/** The transaction's handle as long as the transaction lives; afterwards every use of it throws. */
const fenced = (transaction: TransactionSql, fence: Fence): TransactionSql => {
  const assertAlive = () => {
    if (fence.dead) throw fence.dead;
  };
  return new Proxy(transaction, {
    apply(target, self, args: unknown[]) {
      const isQuery = Array.isArray(args[0]) && "raw" in args[0];
      if (isQuery) assertAlive();
      return Reflect.apply(target as unknown as () => unknown, self, args);
    },
    get(target, property) {
      if (property === "unsafe")
        return (text: string, parameters?: never[], options?: object) => {
          assertAlive();
          const query = target.unsafe(text, parameters, { ...options, prepare: true });
          fence.latest = query as unknown as DriverQuery;
          return query;
        };
      if (property === "latestHandedOver") return () => latestHandedOver(fence);
      if (property === "savepoint")
        return (...args: [Body<unknown>] | [string, Body<unknown>]) => {
          assertAlive();
          const [name, body] = args.length === 1 ? [undefined, args[0]] : args;
          const inner: Body<unknown> = (nested) =>
            whileAlive(fence, () => body(fenced(nested, fence)));
          return name === undefined ? target.savepoint(inner) : target.savepoint(name, inner);
        };
      return Reflect.get(target, property) as unknown;
    },
  });
};
