import { claimCoupon, decideClaim } from "@stampede/core/coupon/claim";
import type { ClaimInput } from "@stampede/core/coupon/schema";
import { holdingKey, type CampaignRow } from "@stampede/core/decision";
import type { Database } from "@stampede/db/connect";
import { readClaimStates, type ClaimState } from "@stampede/db/read/claims";
import { createBatcher } from "./batcher.ts";
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
  /** Each as the rule reads it: by its id. */
  const campaigns = new Map<string, ReadonlyMap<string, CampaignRow>>();
  const states = createBatcher<AskedCommand, ClaimState>({
    lanes: 1,
    sizeMax: 500,
    waitingMax: 20_000,
    run: (claims) =>
      readClaimStates(
        db,
        claims.map(({ actorId: userId, keyId: { key }, input, origin }) => ({
          ...{ userId, key, couponId: couponIdOf(input) },
          sessionToken: origin?.sessionToken,
        })),
      ),
  });

  return {
    refuse(asked) {
      if (asked.command.name !== claimCoupon.name) return undefined;
      const campaign = campaigns.get(couponIdOf(asked.input));
      if (!campaign) return undefined;
      return states
        .submit(asked)
        .then((state) => {
          if (state.hasEnded) return signedOut;
          return state.bound ? replay(state.bound, fingerprintOf(asked.input)) : refusalOf(asked, campaign, state);
        });
    },
    learn(rows) {
      for (const row of rows)
        if (row.issuedQuantity >= row.totalQuantity) campaigns.set(row.couponId, new Map([[row.couponId, row]]));
    },
  };
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
