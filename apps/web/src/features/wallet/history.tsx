"use client";

import type { PointEntry } from "@stampede/core/wallet/schema";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Minus, Plus } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { formatKrw, formatMoment } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { live, queries } from "@/trpc/queries";
import { Empty } from "@/ui/empty";
import { Skeleton } from "@/ui/skeleton";
import { MoreButton } from "../catalog/more-button";
import { RefusalNotice } from "../shell/refusal-notice";

/** Every movement of the wallet, with its sign and what was left after it. */
export const History = ({ balance }: { balance: number | undefined }) => {
  const t = useTranslations("wallet");
  const list = useInfiniteQuery({
    ...queries.history(),
    // The log is written after the charge: look again until the last entry has arrived.
    refetchInterval: ({ state }) => {
      const last = state.data?.pages[0]?.items[0];
      return (last?.balanceAfter ?? 0) === balance ? false : live.refetchInterval;
    },
  });
  const entries = list.data?.pages.flatMap(({ items }) => items);
  return (
    <section aria-labelledby="history">
      <h2 id="history" className="text-xl font-bold">
        {t("history")}
      </h2>
      {list.error && !entries && <RefusalNotice refusal={refusalOf(list.error)} />}
      {!entries && !list.error && <HistorySkeleton />}
      {entries?.length === 0 && <Empty title={t("noHistory")} hint={t("noHistoryHint")} />}
      {entries && entries.length > 0 && (
        <ul className="mt-3 divide-y divide-line border-y border-line">
          {entries.map((entry) => (
            <Entry key={entry.entryId} entry={entry} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <MoreButton
          label={t("more")}
          pending={list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
        />
      )}
    </section>
  );
};

const Entry = ({ entry }: { entry: PointEntry }) => {
  const t = useTranslations("wallet");
  const locale = useLocale();
  const { type, amount, balanceAfter, orderId, createdAt } = entry;
  const plus = type === "CHARGE";
  const Icon = plus ? Plus : Minus;
  return (
    <li className="flex items-center gap-4 py-4" data-testid="entry" data-type={type} data-value={amount}>
      <span
        className={`flex size-10 shrink-0 items-center justify-center rounded-full ${plus ? "bg-good-wash text-good" : "bg-sunken text-ink-soft"}`}
      >
        <Icon aria-hidden className="size-5" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="font-semibold">
          {orderId ? (
            <Link href={`/orders/${orderId}`} className="underline underline-offset-4">
              {t(`type.${type}`)}
            </Link>
          ) : (
            t(`type.${type}`)
          )}
        </p>
        <p className="text-sm text-ink-soft">{formatMoment(createdAt, locale)}</p>
      </div>
      <div className="figures text-right">
        <p className={`font-bold ${plus ? "text-good" : ""}`}>
          {plus ? "+" : "−"}
          {formatKrw(amount, locale)}
        </p>
        <p className="text-sm text-ink-soft">
          {t("after", { balance: formatKrw(balanceAfter, locale) })}
        </p>
      </div>
    </li>
  );
};

export const HistorySkeleton = () => (
  <div className="mt-3 grid gap-3">
    {Array.from({ length: 4 }, (_, index) => (
      <Skeleton key={index} className="h-16" />
    ))}
  </div>
);
