import { connect } from "./connect.ts";

/**
 * Runs the body while holding an advisory lock of this database, on a connection that is there for
 * nothing else: of processes that start at once, one works and the others wait. (Not the driver's
 * `reserve`: without `fetch_types` it never answers on a fresh connection, postgres.js 3.4.9.)
 */
export const withAdvisoryLock = async <T>(
  url: string,
  lock: number,
  body: () => Promise<T>,
): Promise<T> => {
  const { client } = connect(url, {
    name: "stampede lock",
    connections: 1,
    settings: { lock_timeout: 0, statement_timeout: 0 },
  });
  try {
    await client`select pg_advisory_lock(${lock})`;
    return await body();
  } finally {
    // The lock goes with its connection.
    await client.end({ timeout: 1 });
  }
};
