"use client";

import type { CampaignPhase } from "@stampede/core/coupon/phase";
import type { Campaign } from "@stampede/core/coupon/schema";
import { Check } from "lucide-react";
import { usePathname } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useCommand } from "@/commands/use-command";
import { formatCount } from "@/lib/format";
import { Button, ButtonLink } from "@/ui/button";
import { useUser } from "../account/session-context";
import { CommandNotice } from "../shell/command-notice";

/** Claiming: one label for each phase, and the result stays on the page. */
export const ClaimControl = ({
  campaign: { couponId, totalQuantity },
  phase,
  sequence,
}: {
  campaign: Campaign;
  phase: CampaignPhase;
  sequence: number | undefined;
}) => {
  const t = useTranslations("coupon");
  const locale = useLocale();
  const user = useUser();
  const pathname = usePathname();
  const { state, pending, submit } = useCommand("coupon.claim", couponId);
  if (phase === "mine")
    return (
      <p
        role="status"
        data-testid="claimed"
        data-value={sequence}
        className="flex min-h-14 items-center gap-3 rounded-xl bg-on-night/12 px-4 font-semibold"
      >
        <Check aria-hidden className="size-5 shrink-0 text-night-accent" />
        {t("myPlace", {
          sequence: formatCount(sequence ?? 0, locale),
          total: formatCount(totalQuantity, locale),
        })}
      </p>
    );
  if (!user && (phase === "open" || phase === "before"))
    return (
      <ButtonLink href={`/sign-in?next=${encodeURIComponent(pathname)}`} size="large" wide>
        {t(phase === "open" ? "signInToClaim" : "signInAhead")}
      </ButtonLink>
    );
  return (
    <div className="flex flex-col gap-3">
      <Button
        size="large"
        wide
        disabled={phase !== "open"}
        pending={pending}
        onClick={() => submit({ couponId })}
      >
        {t(pending ? "claiming" : `claim.${phase}`)}
      </Button>
      <CommandNotice state={state} />
    </div>
  );
};
