import { campaignPhase, type CampaignPhase } from "@stampede/core/coupon/phase";
import type { Campaign, IssuedCoupon } from "@stampede/core/coupon/schema";

export interface ShownCampaign {
  readonly campaign: Campaign;
  readonly phase: CampaignPhase;
  /** My place in the line, if I have one. */
  readonly sequence: number | undefined;
}

const phaseOrder: Record<CampaignPhase, number> = { open: 0, mine: 1, before: 2, soldOut: 3, ended: 4 };

/** Campaigns with the phase each is in for somebody with these coupons, what can be done first. */
export const shownCampaigns = (
  campaigns: readonly Campaign[],
  mine: readonly Pick<IssuedCoupon, "couponId" | "sequence">[],
  nowMs: number,
): ShownCampaign[] => {
  const sequenceByCouponId = new Map(mine.map(({ couponId, sequence }) => [couponId, sequence]));
  const at = new Date(nowMs).toISOString();
  const shown = campaigns.map((campaign): ShownCampaign => {
    const sequence = sequenceByCouponId.get(campaign.couponId);
    return { campaign, sequence, phase: campaignPhase(campaign, at, sequence !== undefined) };
  });
  return shown.sort(
    (a, b) =>
      phaseOrder[a.phase] - phaseOrder[b.phase] ||
      a.campaign.issueStartsAt.localeCompare(b.campaign.issueStartsAt),
  );
};
