import { QueryPromise, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type { Database } from "./connect.ts";

/*
 * Statements whose text is written once. Drizzle writes it anew each time: 90 µs for the look-up of
 * sessions, 340 for what a group of one order changes, a third of what such a group costs the API.
 */

const dialect = new PgDialect({ casing: "snake_case" });

/** Runs a statement, in a transaction or not, with values for its places, `sql.placeholder(name)`. */
export interface Statement<Row> {
  (on: Pick<Database, "_">, values?: Record<string, unknown>): Promise<Row[]>;
}

/** Rows come as PostgreSQL names and writes them, as from `execute`. */
export const writtenOnce = <Row extends Record<string, unknown>>(statement: SQL): Statement<Row> => {
  const query = dialect.sqlToQuery(statement);
  // What Drizzle prepares belongs to one session, and each transaction is a new one; the text does not.
  return ({ _: { session } }, values) =>
    new Asked(() => session.prepareQuery<Prepared<Row>>(query, undefined, undefined, false).execute(values));
};

/**
 * Sent when it is awaited, as Drizzle's own statements are: of those that are sent together the one that
 * stands first goes first, and keys are not read before the locks that stand before them.
 */
class Asked<Row> extends QueryPromise<Row[]> {
  readonly #send: () => Promise<Row[]>;
  constructor(send: () => Promise<Row[]>) {
    super();
    this.#send = send;
  }
  override execute(): Promise<Row[]> {
    return this.#send();
  }
}

interface Prepared<Row> {
  readonly execute: Row[];
  readonly all: never;
  readonly values: never;
}

/** What `make` makes of a database, once for each: a prepared statement, say. */
export const oncePerDatabase = <Made>(make: (db: Database) => Made): ((db: Database) => Made) => {
  const made = new WeakMap<Database, Made>();
  return (db) => {
    const known = made.get(db) ?? make(db);
    made.set(db, known);
    return known;
  };
};
