import { claimCoupon } from "@stampede/core/coupon/claim";
import { toInstant, type Instant } from "@stampede/core/time";
import { sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import type { BoundKey } from "../idempotency.ts";
import { idempotencyKeys } from "../schema/idempotency.ts";
import { issuedCoupons } from "../schema/coupons.ts";
import { sessions } from "../schema/users.ts";
import { columnOf } from "../sql.ts";
import { writtenOnce } from "../statement.ts";

/** A claim: whose it is, with which key, and on which campaign. */
export interface AskedClaim {
  readonly userId: string;
  readonly key: string;
  /** Of a campaign that there is. */
  readonly couponId: string;
  /** The session it came with, if it came with one. */
  readonly sessionToken: string | undefined;
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
    issued.user_id is not null as holds, claim.token is not null and session.token is null as ended, now() as at
  from (select 1) as one left join (
    unnest(${sql.placeholder("userIds")}::uuid[], ${sql.placeholder("keys")}::text[],
        ${sql.placeholder("couponIds")}::uuid[], ${sql.placeholder("tokens")}::text[])
      with ordinality as claim("userId", key, "couponId", token, number)
    left join ${idempotencyKeys} bound
      on (bound.user_id, bound.procedure, bound.key) = (claim."userId", ${claimCoupon.name}, claim.key)
    left join ${issuedCoupons} issued
      on (issued.coupon_id, issued.user_id) = (claim."couponId", claim."userId")
    left join ${sessions} session
      on session.token = claim.token and session.expires_at > now()
  ) on bound.operation_id is not null or issued.user_id is not null
    or (claim.token is not null and session.token is null)
`);

/** The states of these claims, in their order. */
export const readClaimStates = async (
  db: Database,
  claims: readonly AskedClaim[],
): Promise<ClaimState[]> => {
  const rows = await statesOf(db, {
    userIds: columnOf(claims, "userId"),
    keys: columnOf(claims, "key"),
    couponIds: columnOf(claims, "couponId"),
    tokens: columnOf(claims, "sessionToken"),
  });
  const at = toInstant(rows[0]!.at);
  const nothing: ClaimState = { bound: undefined, holds: false, hasEnded: false, at };
  const states: ClaimState[] = claims.map(() => nothing);
  for (const { position, fingerprint, operation_id: operationId, reply, holds, ended } of rows)
    if (position !== null) {
      const bound = operationId === null ? undefined : { fingerprint, operationId, reply };
      states[position] = { bound, holds, hasEnded: ended, at };
    }
  return states;
};
