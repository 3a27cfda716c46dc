"use client";

import type { CampaignPhase } from "@stampede/core/coupon/phase";
import type { Campaign } from "@stampede/core/coupon/schema";
import { useLocale, useTranslations } from "next-intl";
import { useServerNow } from "@/lib/use-server-now";
import { formatCountdown, formatNear } from "@/lib/format";

/** Heard at these many seconds before the start: enough to get ready, not enough to annoy. */
const announcedSeconds = [60, 10];

/** The time to the start or to the end of a campaign, by the server's clock. */
export const Countdown = ({
  campaign: { issueStartsAt, issueEndsAt },
  phase,
  renderedAt,
  quiet,
}: {
  campaign: Campaign;
  phase: CampaignPhase;
  renderedAt: number;
  quiet: boolean;
}) => {
  const t = useTranslations("coupon");
  const locale = useLocale();
  const now = useServerNow(renderedAt);
  const soft = quiet ? "text-ink-soft" : "text-on-night-soft";
  const over = Date.parse(issueEndsAt) <= now;
  if (over || phase === "soldOut") {
    const said = phase === "mine" ? "mineEndedAt" : over ? "endedAt" : "soldOutHint";
    return <p className={`text-sm ${soft}`}>{t(said, { at: formatNear(issueEndsAt, locale) })}</p>;
  }
  const starts = Date.parse(issueStartsAt) > now;
  const target = starts ? issueStartsAt : issueEndsAt;
  const seconds = Math.ceil((Date.parse(target) - now) / 1000);
  const announced = starts ? announcedSeconds.find((each) => seconds === each) : undefined;
  return (
    <div>
      <p className={`text-sm ${soft}`}>
        {t(starts ? "opensAt" : "endsAt", { at: formatNear(target, locale) })}
      </p>
      <p role="timer" className="figures mt-1 text-3xl font-bold" data-testid="countdown">
        {formatCountdown(seconds * 1000, locale)}
      </p>
      <p className="sr-only" role="status">
        {announced ? t("opensInSeconds", { seconds: announced }) : phase === "open" && t("isOpen")}
      </p>
    </div>
  );
};
