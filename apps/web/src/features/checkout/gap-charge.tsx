"use client";

import { chargeAmountMax, chargeAmountMin } from "@stampede/core/wallet/policy";
import { useLocale, useTranslations } from "next-intl";
import { useCommand } from "@/commands/use-command";
import { formatKrw } from "@/lib/format";
import { Button } from "@/ui/button";
import { CommandNotice } from "../shell/command-notice";

/** Not enough balance is one button: a top-up of exactly what is missing, without leaving. */
export const GapCharge = ({ gap, balance }: { gap: number; balance: number }) => {
  const t = useTranslations("checkout");
  const locale = useLocale();
  const { state, pending, submit } = useCommand("wallet.charge");
  // The policy's bounds: a smaller gap is charged as the minimum, a larger one in steps.
  const amount = Math.min(Math.max(gap, chargeAmountMin), chargeAmountMax);
  const hint = amount > gap ? "gapMinimum" : amount < gap ? "gapMaximum" : "gap";
  return (
    <div className="flex flex-col gap-3 rounded-2xl bg-accent-wash p-4" data-testid="gap-charge">
      <p className="text-[0.9375rem]">
        {t(hint, {
          balance: formatKrw(balance, locale),
          gap: formatKrw(gap, locale),
          amount: formatKrw(amount, locale),
        })}
      </p>
      <Button wide pending={pending} onClick={() => submit({ amount })}>
        {t(pending ? "charging" : "chargeGap", { amount: formatKrw(amount, locale) })}
      </Button>
      <CommandNotice state={state} />
    </div>
  );
};
