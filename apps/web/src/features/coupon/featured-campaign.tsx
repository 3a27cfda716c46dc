"use client";

import type { Campaign } from "@stampede/core/coupon/schema";
import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { CampaignTicket } from "./campaign-ticket";
import { shownCampaigns, type ShownCampaign } from "./shown-campaigns";
import { useCampaigns } from "./use-campaigns";

interface Rendered {
  readonly initial: Campaign[];
  readonly renderedAt: number;
}

/** The campaign that matters most right now, and the way to the others. */
export const FeaturedCampaign = ({ initial, renderedAt }: Rendered) => (
  <Featured featured={useCampaigns(initial, renderedAt)[0]} renderedAt={renderedAt} />
);

/** The same while it is not known yet which of them this shopper has. */
export const FeaturedCampaignSkeleton = ({ initial, renderedAt }: Rendered) => (
  <Featured featured={shownCampaigns(initial, [], renderedAt)[0]} renderedAt={renderedAt} unsure />
);

const Featured = ({
  featured,
  ...rest
}: {
  featured: ShownCampaign | undefined;
  renderedAt: number;
  unsure?: boolean;
}) => {
  const t = useTranslations("home");
  if (!featured) return null;
  return (
    <section aria-label={t("event")}>
      <CampaignTicket {...featured} {...rest} />
      <p className="mt-2 text-right">
        <Link
          href="/coupons"
          className="inline-flex min-h-11 items-center gap-1 rounded-xl px-2 text-sm font-semibold hover:bg-sunken"
        >
          {t("allCoupons")}
          <ArrowRight aria-hidden className="size-4" />
        </Link>
      </p>
    </section>
  );
};
