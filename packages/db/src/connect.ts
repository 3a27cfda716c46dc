import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Options, type Sql } from "postgres";

/** A Drizzle database; inside a transaction the handle has the same queries. */
export type Database = PostgresJsDatabase;

export interface Connection {
  readonly db: Database;
  readonly client: Sql;
}

interface ConnectOptions {
  /** Shown in `pg_stat_activity`, so that an operator knows whose connection it is. */
  readonly name: string;
  readonly connections: number;
  /** Session settings on top of the common ones. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly onNotice?: (notice: { readonly code?: string; readonly message?: string }) => void;
}

const driverOptions = ({ name, connections, settings, onNotice }: ConnectOptions) =>
  ({
    max: connections,
    // No query for the server's types at connect: every type used here is built in.
    fetch_types: false,
    connect_timeout: 5,
    // A vanished peer is noticed after 10 s of silence.
    keep_alive: 10,
    onnotice: onNotice ?? (() => {}),
    connection: {
      application_name: name,
      TimeZone: "UTC",
      // Nothing in the shop takes seconds; what does must let go of its locks.
      lock_timeout: 3_000,
      statement_timeout: 5_000,
      idle_in_transaction_session_timeout: 5_000,
      // And nothing is worth compiling first, or a second process.
      jit: "off",
      max_parallel_workers_per_gather: 0,
      ...settings,
    },
  }) satisfies Options<Record<string, never>>;

/** The raw driver and Drizzle over it. */
export const connect = (url: string, options: ConnectOptions): Connection => {
  const client = postgres(url, driverOptions(options));
  return { client, db: drizzle(client, { casing: "snake_case" }) };
};
