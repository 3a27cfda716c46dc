import { claimCoupon, decideClaim } from "@stampede/core/coupon/claim";
import type { ClaimInput } from "@stampede/core/coupon/schema";
import { holdingKey, type CampaignRow } from "@stampede/core/decision";
import type { Database } from "@stampede/db/connect";
import { readClaimStates, type ClaimState } from "@stampede/db/read/claims";
import { createBatcher } from "./batcher.ts";
import { fingerprintOf, replay, type AskedCommand, type Outcome } from "./group.ts";

/**
 * Claims on campaigns that are known to be sold out. Sold out is for good, and from then on holders
 * and their keys are frozen: a plain read, shared by all who wait, is enough to refuse, and no claim
 * queues for a lock that cannot help it. It never accepts; what is not sure goes through the group.
 */
export interface SoldOut {
  /** The outcome of a claim on a sold-out campaign; `undefined` when it must go through the group. */
  refuse(asked: AskedCommand): Promise<Outcome | undefined>;
  /** Takes note of campaigns as a committed group has left them. */
  learn(campaigns: Iterable<CampaignRow>): void;
}

export const createSoldOut = (db: Database): SoldOut => {
  const campaigns = new Map<string, CampaignRow>();
  const states = createBatcher<AskedCommand, ClaimState>({
    lanes: 1,
    sizeMax: 500,
    waitingMax: 20_000,
    run: (claims) =>
      readClaimStates(
        db,
        claims.map(({ keyId, input }) => ({ couponId: couponIdOf(input), ...keyId })),
      ),
  });

  return {
    async refuse(asked) {
      if (asked.command.name !== claimCoupon.name) return undefined;
      const campaign = campaigns.get(couponIdOf(asked.input));
      if (!campaign) return undefined;

      const state = await states.submit(asked);
      if (state.bound) return replay(state.bound, fingerprintOf(asked.input));
      return refusalOf(asked, campaign, state);
    },
    learn(rows) {
      for (const row of rows)
        if (row.issuedQuantity >= row.totalQuantity) campaigns.set(row.couponId, row);
    },
  };
};

const couponIdOf = (input: unknown) => (input as ClaimInput).couponId;

/** The same rule as in the group, on rows that can no longer change. */
const refusalOf = (
  { actorId, input }: AskedCommand,
  campaign: CampaignRow,
  { at, holds }: ClaimState,
): Outcome | undefined => {
  const rows = {
    campaigns: new Map([[campaign.couponId, campaign]]),
    holdings: new Set(holds ? [holdingKey(campaign.couponId, actorId)] : []),
  };
  // Nothing is written, whatever is decided: no effect needs an id.
  const actor = { actorId, operationId: "", at, input: input as ClaimInput };
  const decided = decideClaim(rows, actor);
  return decided.ok ? undefined : { status: "refused", refusal: decided.error };
};
