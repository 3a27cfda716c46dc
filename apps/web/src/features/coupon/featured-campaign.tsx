"use client";

import type { Campaign } from "@stampede/core/coupon/schema";
import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { CampaignTicket } from "./campaign-ticket";
import { useCampaigns } from "./use-campaigns";

/** The campaign that matters most right now, and the way to the others. */
export const FeaturedCampaign = ({
  initial,
  renderedAt,
}: {
  initial: Campaign[];
  renderedAt: number;
}) => {
  const t = useTranslations("home");
  const shown = useCampaigns(initial, renderedAt);
  const [featured] = shown;
  if (!featured) return null;
  return (
    <section aria-label={t("event")}>
      <CampaignTicket {...featured} renderedAt={renderedAt} />
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
