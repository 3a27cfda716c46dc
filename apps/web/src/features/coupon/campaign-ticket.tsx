"use client";

import type { Campaign } from "@stampede/core/coupon/schema";
import type { CampaignPhase } from "@stampede/core/coupon/phase";
import { cx } from "class-variance-authority";
import { useLocale, useTranslations } from "next-intl";
import { memo } from "react";
import { formatCount, formatDiscount, formatKrw, formatNear } from "@/lib/format";
import { Meter } from "@/ui/meter";
import { Skeleton } from "@/ui/skeleton";
import { CampaignName } from "./campaign-name";
import { ClaimControl } from "./claim-control";
import { Countdown } from "./countdown";

const faces = {
  open: "bg-night text-on-night",
  mine: "bg-night text-on-night ring-3 ring-inset ring-night-accent",
  before: "border border-edge bg-surface text-ink",
  soldOut: "border border-line bg-sunken text-ink",
  ended: "border border-dashed border-edge bg-paper text-ink-soft",
} as const satisfies Record<CampaignPhase, string>;

/**
 * A campaign as a ticket one can tear off; each phase has its own face. Memoised, as its list looks
 * at the clock each second.
 */
export const CampaignTicket = memo(function CampaignTicket({
  campaign,
  phase,
  sequence,
  renderedAt,
  unsure = false,
}: {
  campaign: Campaign;
  phase: CampaignPhase;
  sequence: number | undefined;
  renderedAt: number;
  /** Whether this shopper has one is still on its way. */
  unsure?: boolean;
}) {
  const t = useTranslations("coupon");
  const locale = useLocale();
  const { name, discount, totalQuantity, remainingQuantity } = campaign;
  const lively = phase === "open" || phase === "mine";
  return (
    <article
      data-testid="campaign"
      data-phase={phase}
      data-remaining={remainingQuantity}
      className={cx(
        "relative grid overflow-hidden rounded-3xl sm:grid-cols-[1.15fr_1fr]",
        faces[phase],
      )}
    >
      <div className="p-6 sm:p-8">
        <p
          className={cx(
            "text-sm font-semibold",
            lively ? "text-night-accent" : "text-ink-soft",
          )}
        >
          {t(`phase.${phase}`)}
        </p>
        <h2 className="mt-2 text-xl font-bold sm:text-2xl">
          <CampaignName name={name} />
        </h2>
        <p className="figures mt-3 text-5xl font-extrabold tracking-tight sm:text-6xl">
          {formatDiscount(discount, locale)}
          <span className="ml-2 text-lg font-bold">{t("off")}</span>
        </p>
        <p className={cx("mt-3 text-sm", lively ? "text-on-night-soft" : "text-ink-soft")}>
          {discount.type === "PERCENT" && discount.maxAmount !== null && (
            <>{t("atMost", { amount: formatKrw(discount.maxAmount, locale) })} · </>
          )}
          {t("useUntil", { until: formatNear(campaign.validUntil, locale) })}
        </p>
      </div>
      <div
        className={cx(
          "flex flex-col justify-between gap-5 border-t-2 border-dashed p-6 sm:border-t-0 sm:border-l-2 sm:p-8",
          lively ? "border-on-night/30" : "border-edge/50",
        )}
      >
        <Countdown campaign={campaign} phase={phase} renderedAt={renderedAt} quiet={!lively} />
        <div>
          <p className="figures mb-2 flex justify-between text-sm font-medium">
            <span>{t("left")}</span>
            <span data-testid="remaining" data-value={remainingQuantity}>
              {t("leftOf", {
                left: formatCount(remainingQuantity, locale),
                total: formatCount(totalQuantity, locale),
              })}
            </span>
          </p>
          <Meter
            label={t("left")}
            value={remainingQuantity}
            max={totalQuantity}
            text={t("leftOf", {
              left: formatCount(remainingQuantity, locale),
              total: formatCount(totalQuantity, locale),
            })}
            onNight={lively}
          />
        </div>
        {unsure ? (
          <Skeleton className="h-14 opacity-20" />
        ) : (
          <ClaimControl campaign={campaign} phase={phase} sequence={sequence} />
        )}
      </div>
    </article>
  );
});
