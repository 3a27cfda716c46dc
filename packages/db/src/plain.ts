import { drizzle } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import { connect, planByKey, type Connection, type Database } from "./connect.ts";
import { isConnectionFailure } from "./errors.ts";
import { openSlots } from "./slots.ts";

/** The server ends a statement after 5 s; when it is not heard of by then, the connection is hung. */
const deadlineMs = 6_000;

/** Far more than one process has requests under way. */
const waitingMax = 20_000;

/** For plain statements: reads, and writes of one statement. */
export interface Plain {
  readonly db: Database;
  /** One statement as it is, for a library that brings its own SQL. */
  query(text: string, values: readonly (string | number | null)[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/**
 * The connections for plain statements. They never run transactions: with plain queries in flight,
 * postgres.js can send BEGIN into another query's pipeline (#1189). Each has one statement under way
 * and is replaced when it is lost or does not answer: in the driver's own pool, of six connections
 * whose backends were killed five times over one was left, and its callers waited for ever.
 */
export const openPlain = (url: string, connections: number): Plain => {
  const open = () => connect(url, { name: "stampede plain", connections: 1, settings: planByKey });
  const slots = openSlots({ connections, waitingMax, open });

  const run = async <T>(statement: (client: Sql) => PromiseLike<T>): Promise<T> => {
    let slot: Connection = await slots.take();
    try {
      return await inTime(statement(slot.client));
    } catch (error) {
      if (isConnectionFailure(error)) slot = slots.replace(slot);
      throw error;
    } finally {
      slots.giveBack(slot);
    }
  };
  return {
    db: drizzle(overSlots(run), { casing: "snake_case" }),
    query: (text, values) => run(async (client) => [...(await client.unsafe(text, [...values], { prepare: true }))]),
    close: slots.close,
  };
};

type Run = <T>(statement: (client: Sql) => PromiseLike<T>) => Promise<T>;

/** As much of the driver as Drizzle uses. Statements are prepared by their text, once a connection. */
const overSlots = (run: Run): Sql => {
  const unsafe = (...[text, parameters]: Parameters<Sql["unsafe"]>) => {
    const sent = (client: Sql) => client.unsafe(text, parameters, { prepare: true });
    return {
      // oxlint-disable-next-line unicorn/no-thenable -- the driver's statements are thenables: sent when awaited
      then: (...settled: Parameters<Promise<unknown>["then"]>) => run(sent).then(...settled),
      values: () => run((client) => sent(client).values()),
    };
  };
  const begin = () => {
    throw new Error("the plain connections run no transactions; use Transactions");
  };
  return { unsafe, begin, options: { parsers: {}, serializers: {} } } as unknown as Sql;
};

/** A statement nobody answers fails like a lost connection. */
const inTime = async <T>(answer: PromiseLike<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};
