"use client";

import type { Campaign } from "@stampede/core/coupon/schema";
import { useTranslations } from "next-intl";
import { Empty } from "@/ui/empty";
import { CampaignTicket } from "./campaign-ticket";
import { shownCampaigns, type ShownCampaign } from "./shown-campaigns";
import { useCampaigns } from "./use-campaigns";

interface Rendered {
  readonly initial: Campaign[];
  readonly renderedAt: number;
}

/** Every campaign there is. */
export const CampaignList = ({ initial, renderedAt }: Rendered) => (
  <Tickets shown={useCampaigns(initial, renderedAt)} renderedAt={renderedAt} />
);

/** The same while it is not known yet which of them this shopper has. */
export const CampaignListSkeleton = ({ initial, renderedAt }: Rendered) => (
  <Tickets shown={shownCampaigns(initial, [], renderedAt)} renderedAt={renderedAt} unsure />
);

const Tickets = ({
  shown,
  ...rest
}: {
  shown: ShownCampaign[];
  renderedAt: number;
  unsure?: boolean;
}) => {
  const t = useTranslations("coupon");
  if (shown.length === 0) return <Empty title={t("noCampaigns")} hint={t("noCampaignsHint")} />;
  return (
    <ul className="mt-6 grid gap-5">
      {shown.map((each) => (
        <li key={each.campaign.couponId}>
          <CampaignTicket {...each} {...rest} />
        </li>
      ))}
    </ul>
  );
};
