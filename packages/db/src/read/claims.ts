import { toInstant, type Instant } from "@stampede/core/time";
import { sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import type { BoundKey, KeyId } from "../idempotency.ts";
import { idempotencyKeys } from "../schema/idempotency.ts";
import { issuedCoupons } from "../schema/coupons.ts";
import { writtenOnce } from "../statement.ts";

/** What decides a claim on a sold-out campaign. */
export interface ClaimState {
  readonly bound: BoundKey | undefined;
  readonly holds: boolean;
  readonly at: Instant;
}

interface ClaimStateRow extends Record<string, unknown> {
  readonly position: number | null;
  readonly fingerprint: string;
  readonly operation_id: string | null;
  readonly reply: string;
  readonly holds: boolean;
  readonly at: string;
}

/** Rows of those who have a coupon or have asked before, and at least one: nearly nobody does. */
const statesOf = writtenOnce<ClaimStateRow>(sql`
  select claim.position, bound.fingerprint, bound.operation_id, bound.reply,
    issued.user_id is not null as holds, now() as at
  from (select 1) as one left join (
    json_to_recordset(${sql.placeholder("claims")}::json)
      as claim(position int, "userId" uuid, procedure text, key text, "couponId" uuid)
    left join ${idempotencyKeys} bound
      on (bound.user_id, bound.procedure, bound.key) = (claim."userId", claim.procedure, claim.key)
    left join ${issuedCoupons} issued
      on (issued.coupon_id, issued.user_id) = (claim."couponId", claim."userId")
  ) on bound.operation_id is not null or issued.user_id is not null
`);

/** The states of these claims, in their order; `couponId` must be an id of a campaign. */
export const readClaimStates = async (
  db: Database,
  claims: readonly (KeyId & { readonly couponId: string })[],
): Promise<ClaimState[]> => {
  const numbered = claims.map((claim, position) => ({ ...claim, position }));
  const rows = await statesOf(db, { claims: JSON.stringify(numbered) });
  const at = toInstant(rows[0]!.at);
  const states: ClaimState[] = claims.map(() => ({ bound: undefined, holds: false, at }));
  for (const { position, fingerprint, operation_id: operationId, reply, holds } of rows)
    if (position !== null) {
      const bound = operationId === null ? undefined : { fingerprint, operationId, reply };
      states[position] = { bound, holds, at };
    }
  return states;
};
