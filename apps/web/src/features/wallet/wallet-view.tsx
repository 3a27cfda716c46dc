"use client";

import { useQuery } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { formatKrw } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { Skeleton } from "@/ui/skeleton";
import { RefusalNotice } from "../shell/refusal-notice";
import { ChargeForm } from "./charge-form";
import { History, HistorySkeleton } from "./history";

/** What one has, how to have more, and where it went. */
export const WalletView = () => {
  const t = useTranslations("wallet");
  const locale = useLocale();
  const { data, error } = useQuery(queries.balance());
  if (error && !data) return <RefusalNotice refusal={refusalOf(error)} />;
  return (
    <div className="grid gap-8 lg:grid-cols-[24rem_1fr]">
      <div className="h-fit rounded-3xl border border-line bg-surface p-6 shadow-lift lg:sticky lg:top-24">
        <p className="text-ink-soft">{t("balance")}</p>
        {data ? (
          <p
            role="status"
            className="figures mt-1 h-11 text-4xl/11 font-extrabold tracking-tight"
            data-testid="balance"
            data-value={data.balance}
          >
            {formatKrw(data.balance, locale)}
          </p>
        ) : (
          <Skeleton className="mt-1 h-11 w-48" />
        )}
        <ChargeForm />
      </div>
      <History balance={data?.balance} />
    </div>
  );
};

/** Balance, presets, amount and button, and the first entries. */
export const WalletSkeleton = () => {
  const t = useTranslations("wallet");
  return (
    <div className="grid gap-8 lg:grid-cols-[24rem_1fr]">
      <div className="h-fit rounded-3xl border border-line bg-surface p-6 shadow-lift">
        <p className="text-ink-soft">{t("balance")}</p>
        <Skeleton className="mt-1 h-11 w-48" />
        <div className="mt-6 grid grid-cols-2 gap-2">
          {Array.from({ length: 4 }, (_, index) => (
            <Skeleton key={index} className="h-11" />
          ))}
        </div>
        <Skeleton className="mt-4 h-32" />
        <Skeleton className="mt-4 h-14" />
      </div>
      <section aria-label={t("history")}>
        <h2 className="text-xl font-bold">{t("history")}</h2>
        <HistorySkeleton />
      </section>
    </div>
  );
};
