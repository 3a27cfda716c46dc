import { sql } from "drizzle-orm";
import { toInstant, type Instant } from "@stampede/core/time";
import { idempotencyKeys } from "./schema/idempotency.ts";
import { recordset } from "./sql.ts";
import type { Transaction } from "./transactions.ts";

export type IdempotencyRow = typeof idempotencyKeys.$inferInsert;

/** A key belongs to one user and one procedure. */
export interface KeyId {
  readonly userId: string;
  readonly procedure: string;
  readonly key: string;
}

/** What a bound key answers: its input's fingerprint, its effect's id, and the stored reply. */
export type BoundKey = Pick<IdempotencyRow, "fingerprint" | "operationId" | "reply">;

export const keyText = ({ userId, procedure, key }: KeyId): string => `${userId} ${procedure} ${key}`;

const boundColumns = {
  userId: idempotencyKeys.userId,
  procedure: idempotencyKeys.procedure,
  key: idempotencyKeys.key,
  fingerprint: idempotencyKeys.fingerprint,
  operationId: idempotencyKeys.operationId,
  reply: idempotencyKeys.reply,
};

/**
 * The bound ones among these keys, and the database's clock. Sent after the group's locks, so a key
 * that a neighbour has just committed is seen, and no decision is dated before its locks.
 */
export const readKeys = async (
  tx: Transaction,
  keys: readonly KeyId[],
): Promise<{ readonly at: Instant; readonly bound: Map<string, BoundKey> }> => {
  const rows = await tx
    .select({ ...boundColumns, at: sql<string>`clock_timestamp()` })
    .from(recordset(idempotencyKeys, ["userId", "procedure", "key"], keys))
    .innerJoin(
      idempotencyKeys,
      sql`(${idempotencyKeys.userId}, ${idempotencyKeys.procedure}, ${idempotencyKeys.key})
        = (r."userId", r.procedure, r.key)`,
    )
    // Rows of bound keys only, and at least one: nearly all keys of a group are new.
    .rightJoin(sql`(select 1) as one`, sql`true`);
  return { at: toInstant(rows[0]!.at), bound: byKeyText(rows) };
};

type MaybeBound = { [Field in keyof KeyId | keyof BoundKey]: string | null };

const byKeyText = (rows: readonly MaybeBound[]): Map<string, BoundKey> =>
  new Map(
    rows
      .filter((row): row is KeyId & BoundKey => row.operationId !== null)
      .map((row) => [keyText(row), row]),
  );
