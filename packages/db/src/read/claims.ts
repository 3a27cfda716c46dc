import { claimCoupon } from "@stampede/core/coupon/claim";
import { toInstant, type Instant } from "@stampede/core/time";
import { sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import type { BoundKey } from "../idempotency.ts";
import { idempotencyKeys } from "../schema/idempotency.ts";
import { issuedCoupons } from "../schema/coupons.ts";
import { sessions } from "../schema/users.ts";
import { arrayOf } from "../sql.ts";
import { writtenOnce } from "../statement.ts";

/** Claims on one campaign, each in the same place of both: its key, and the session that says whose it is. */
export interface AskedClaims {
  readonly keys: readonly string[];
  readonly sessionTokens: readonly string[];
}

/** What decides a claim on a sold-out campaign. */
export interface ClaimState {
  readonly bound: BoundKey | undefined;
  readonly holds: boolean;
  /** Its session is valid no more. */
  readonly hasEnded: boolean;
  readonly at: Instant;
}

interface ClaimStateRow extends Record<string, unknown> {
  readonly position: number | null;
  readonly fingerprint: string;
  readonly operation_id: string | null;
  readonly reply: string;
  readonly holds: boolean;
  readonly ended: boolean;
  readonly at: string;
}

/** Rows of those who have a coupon, have asked before or are signed in no more, and at least one: nearly nobody is. */
const statesOf = writtenOnce<ClaimStateRow>(sql`
  select claim.number::int - 1 as position, bound.fingerprint, bound.operation_id, bound.reply,
    issued.user_id is not null as holds, session.user_id is null as ended, now() as at
  from (select 1) as one left join (
    unnest(${sql.placeholder("sessionTokens")}::text[], ${sql.placeholder("keys")}::text[])
      with ordinality as claim(token, key, number)
    left join ${sessions} session
      on session.token = claim.token and session.expires_at > now()
    left join ${idempotencyKeys} bound
      on (bound.user_id, bound.procedure, bound.key) = (session.user_id, ${claimCoupon.name}, claim.key)
    left join ${issuedCoupons} issued
      on (issued.coupon_id, issued.user_id) = (${sql.placeholder("couponId")}::uuid, session.user_id)
  ) on bound.operation_id is not null or issued.user_id is not null or session.user_id is null
`);

/** The states of these claims on the campaign `couponId`, in their order. */
export const readClaimStates = async (
  db: Database,
  couponId: string,
  { keys, sessionTokens }: AskedClaims,
): Promise<ClaimState[]> => {
  const rows = await statesOf(db, {
    couponId,
    keys: arrayOf(keys),
    sessionTokens: arrayOf(sessionTokens),
  });
  const at = toInstant(rows[0]!.at);
  const nothing: ClaimState = { bound: undefined, holds: false, hasEnded: false, at };
  const states: ClaimState[] = keys.map(() => nothing);
  for (const { position, fingerprint, operation_id: operationId, reply, holds, ended } of rows)
    if (position !== null) {
      const bound = operationId === null ? undefined : { fingerprint, operationId, reply };
      states[position] = { bound, holds, hasEnded: ended, at };
    }
  return states;
};
