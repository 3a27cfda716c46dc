"use client";

import { campaignPhase, type CampaignPhase } from "@stampede/core/coupon/phase";
import type { Campaign } from "@stampede/core/coupon/schema";
import { useQuery } from "@tanstack/react-query";
import { useServerNow } from "@/lib/server-clock";
import { queries } from "@/trpc/queries";
import { useUser } from "../account/session-context";

export interface ShownCampaign {
  readonly campaign: Campaign;
  readonly phase: CampaignPhase;
  readonly sequence: number | undefined;
}

const phaseOrder: Record<CampaignPhase, number> = { open: 0, mine: 1, before: 2, soldOut: 3, ended: 4 };

/** The campaigns with the phase each is in for this shopper, by the server's clock, live. */
export const useCampaigns = (initial: Campaign[], renderedAt: number) => {
  const user = useUser();
  const now = useServerNow(renderedAt);
  const { data } = useQuery({ ...queries.campaigns(), initialData: initial });
  const mine = useQuery({ ...queries.myCoupons(), enabled: user !== null }).data ?? [];
  const sequenceByCouponId = new Map(mine.map(({ couponId, sequence }) => [couponId, sequence]));
  const at = new Date(now).toISOString();
  const shown = data.map((campaign): ShownCampaign => {
    const sequence = sequenceByCouponId.get(campaign.couponId);
    return { campaign, sequence, phase: campaignPhase(campaign, at, sequence !== undefined) };
  });
  shown.sort(
    (a, b) =>
      phaseOrder[a.phase] - phaseOrder[b.phase] ||
      a.campaign.issueStartsAt.localeCompare(b.campaign.issueStartsAt),
  );
  return shown;
};
