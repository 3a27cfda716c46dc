import type { Audit, AuditCheck } from "@stampede/core/audit/schema";
import { toInstant } from "@stampede/core/time";
import { sql, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { connect } from "./connect.ts";
import { guardTransactions } from "./driver-guard.ts";
import { invariants } from "./invariants.ts";
import type { Transaction } from "./transactions.ts";

/** More than enough to see what is wrong; a broken invariant can concern every row there is. */
const violationsMax = 100;

/**
 * Proves the books at this moment, on a live system: every invariant is checked on one snapshot, by
 * plain reads that lock nothing and wait for nobody. Uses a connection of its own, without the
 * shop's statement timeout: on millions of rows it takes seconds.
 */
export const runAudit = async (url: string): Promise<Audit> => {
  const { client } = connect(url, {
    name: "stampede audit",
    connections: 1,
    settings: {
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      max_parallel_workers_per_gather: 2,
    },
  });
  // Without the guard a connection that dies in here takes the whole process with it.
  const db = drizzle(guardTransactions(client), { casing: "snake_case" });
  try {
    // A connection that is this function's alone: nothing else can be in its pipeline.
    return await db.transaction(
      async (tx) => {
        const [clock] = await tx.execute<{ at: string }>(sql`select now() as at`);
        const checks: AuditCheck[] = [];
        for (const [name, invariant] of Object.entries(invariants))
          checks.push(await check(tx, name, invariant.counted, invariant.violations));
        return { ok: checks.every(({ ok }) => ok), checkedAt: toInstant(clock!.at), checks };
      },
      { isolationLevel: "repeatable read", accessMode: "read only" },
    );
  } finally {
    await client.end({ timeout: 1 });
  }
};

const check = async (
  tx: Transaction,
  name: string,
  counted: SQL,
  broken: SQL,
): Promise<AuditCheck> => {
  const [count] = await tx.execute<{ checked: number }>(
    sql`select count(*)::float8 as checked from (${counted}) counted`,
  );
  const violations = await tx.execute<Record<string, unknown>>(
    sql`select * from (${broken}) broken limit ${violationsMax}`,
  );
  return { name, ok: violations.length === 0, checked: count!.checked, violations: [...violations] };
};
