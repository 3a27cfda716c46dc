import { claimCoupon, decideClaim } from "@stampede/core/coupon/claim";
import type { ClaimInput } from "@stampede/core/coupon/schema";
import { holdingKey, type CampaignRow } from "@stampede/core/decision";
import type { Database } from "@stampede/db/connect";
import { readClaimStates, type ClaimState } from "@stampede/db/read/claims";
import { createBatcher, type Batcher } from "./batcher.ts";
import { fingerprintOf, replay, signedOut, type AskedCommand, type Outcome } from "./group.ts";

/**
 * Claims on campaigns that are known to be sold out. Sold out is for good, and from then on holders
 * and their keys are frozen: a plain read, shared by all who wait, is enough to refuse, and no claim
 * queues for a lock that cannot help it. It never accepts; what is not sure goes through the group.
 */
export interface SoldOut {
  /** The outcome of a claim on a sold-out campaign; `undefined` when it must go through the group. */
  refuse(asked: AskedCommand): Promise<Outcome | undefined> | undefined;
  /** Takes note of campaigns as a committed group has left them. */
  learn(campaigns: Iterable<CampaignRow>): void;
}

export const createSoldOut = (db: Database): SoldOut => {
  const claimsOn = new Map<string, Batcher<AskedCommand, Outcome | undefined>>();
  return {
    refuse(asked) {
      // Whose claim it is the session says; the shop's own, for its demo, have none.
      if (asked.command.name !== claimCoupon.name || !asked.origin) return undefined;
      return claimsOn.get(couponIdOf(asked.input))?.submit(asked);
    },
    learn(rows) {
      for (const row of rows)
        if (row.issuedQuantity >= row.totalQuantity && !claimsOn.has(row.couponId))
          claimsOn.set(row.couponId, refusing(db, row));
    },
  };
};

/** Claims on one campaign that is sold out. */
const refusing = (db: Database, campaign: CampaignRow) => {
  const { couponId } = campaign;
  /** As the rule reads it: by its id. */
  const campaigns = new Map([[couponId, campaign]]);
  return createBatcher<AskedCommand, Outcome | undefined>({
    lanes: 1,
    sizeMax: 500,
    waitingMax: 20_000,
    async run(claims) {
      const states = await readClaimStates(db, couponId, {
        keys: claims.map(({ keyId }) => keyId.key),
        sessionTokens: claims.map(({ origin }) => origin!.sessionToken),
      });
      return claims.map((asked, index) => outcomeOf(asked, campaigns, states[index]!));
    },
  });
};

const outcomeOf = (
  asked: AskedCommand,
  campaigns: ReadonlyMap<string, CampaignRow>,
  state: ClaimState,
): Outcome | undefined => {
  if (state.hasEnded) return signedOut;
  if (state.bound) return replay(state.bound, fingerprintOf(asked.input));
  return refusalOf(asked, campaigns, state);
};

const couponIdOf = (input: unknown) => (input as ClaimInput).couponId;

const nobodyHolds: ReadonlySet<string> = new Set();

/** The same rule as in the group, on rows that can no longer change. */
const refusalOf = (
  { actorId, input }: AskedCommand,
  campaigns: ReadonlyMap<string, CampaignRow>,
  { at, holds }: ClaimState,
): Outcome | undefined => {
  const holdings = holds ? new Set([holdingKey(couponIdOf(input), actorId)]) : nobodyHolds;
  // Nothing is written, whatever is decided: no effect needs an id.
  const actor = { actorId, operationId: "", at, input: input as ClaimInput };
  const decided = decideClaim({ campaigns, holdings }, actor);
  return decided.ok ? undefined : { status: "refused", refusal: decided.error };
};
