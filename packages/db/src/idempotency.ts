import { sql } from "drizzle-orm";
import { toInstant, type Instant } from "@stampede/core/time";
import { idempotencyKeys } from "./schema/idempotency.ts";
import { columnOf, recordsetOf } from "./sql.ts";
import { writtenOnce } from "./statement.ts";
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

const keyFields = ["userId", "procedure", "key"] as const;

/** Rows of bound keys only, and at least one: nearly all keys of a group are new. */
const boundKeys = writtenOnce<MaybeBound>(sql`
  select bound.user_id as "userId", bound.procedure, bound.key, bound.fingerprint,
    bound.operation_id as "operationId", bound.reply, clock_timestamp() as at
  from (select 1) as one left join (
    ${recordsetOf(idempotencyKeys, keyFields, (field) => sql.placeholder(field))}
    join ${idempotencyKeys} bound
      on (bound.user_id, bound.procedure, bound.key) = (r."userId", r.procedure, r.key)
  ) on true
`);

/**
 * The bound ones among these keys, and the database's clock. Sent after the group's locks, so a key
 * that a neighbour has just committed is seen, and no decision is dated before its locks.
 */
export const readKeys = async (
  tx: Transaction,
  keys: readonly KeyId[],
): Promise<{ readonly at: Instant; readonly bound: Map<string, BoundKey> }> => {
  const columns = keyFields.map((field) => [field, columnOf(keys, field)] as const);
  const rows = await boundKeys(tx, Object.fromEntries(columns));
  return { at: toInstant(rows[0]!.at), bound: byKeyText(rows) };
};

type MaybeBound = { [Field in keyof KeyId | keyof BoundKey]: string | null } & { readonly at: string };

const byKeyText = (rows: readonly MaybeBound[]): Map<string, BoundKey> =>
  new Map(
    rows
      .filter((row): row is MaybeBound & KeyId & BoundKey => row.operationId !== null)
      .map((row) => [keyText(row), row]),
  );
