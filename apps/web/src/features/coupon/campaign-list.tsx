"use client";

import type { Campaign } from "@stampede/core/coupon/schema";
import { useTranslations } from "next-intl";
import { Empty } from "@/ui/empty";
import { CampaignTicket } from "./campaign-ticket";
import { useCampaigns } from "./use-campaigns";

/** Every campaign there is. */
export const CampaignList = ({
  initial,
  renderedAt,
}: {
  initial: Campaign[];
  renderedAt: number;
}) => {
  const t = useTranslations("coupon");
  const shown = useCampaigns(initial, renderedAt);
  if (shown.length === 0) return <Empty title={t("noCampaigns")} hint={t("noCampaignsHint")} />;
  return (
    <ul className="mt-6 grid gap-5">
      {shown.map((each) => (
        <li key={each.campaign.couponId}>
          <CampaignTicket {...each} renderedAt={renderedAt} />
        </li>
      ))}
    </ul>
  );
};
