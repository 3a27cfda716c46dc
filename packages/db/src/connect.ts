import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Options, Sql } from "postgres";
import { openDriver } from "./hosts.ts";

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

/**
 * For connections that serve: their statements name rows by key and are planned once. A plan made
 * while a table was small would scan it for ever (in a fresh shop the worker's did: 238 of 438 µs of
 * PostgreSQL's time an order), and planned anew each time, a session's look-up costs 170 µs more.
 */
export const planByKey = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
};

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
      // The server notices a vanished client after 10 s too, and not after the system's two hours: it
      // may wait for the rest of a statement, where none of its own timeouts counts.
      tcp_keepalives_idle: 4,
      tcp_keepalives_interval: 2,
      tcp_keepalives_count: 3,
      // And nothing is worth compiling first, or a second process.
      jit: "off",
      max_parallel_workers_per_gather: 0,
      ...settings,
    },
  }) satisfies Options<Record<string, never>>;

/** The raw driver and Drizzle over it. */
export const connect = (url: string, options: ConnectOptions): Connection => {
  const client = openDriver(url, driverOptions(options));
  return { client, db: drizzle(client, { casing: "snake_case" }) };
};
