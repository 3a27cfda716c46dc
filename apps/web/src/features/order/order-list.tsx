"use client";

import type { Order } from "@stampede/core/order/schema";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { formatKrw, formatMoment } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Skeleton } from "@/ui/skeleton";
import { MoreButton } from "../catalog/more-button";
import { RefusalNotice } from "../shell/refusal-notice";

/** What this shopper has bought, newest first. */
export const OrderList = () => {
  const t = useTranslations("order");
  const list = useInfiniteQuery(queries.orders());
  if (list.error && !list.data) return <RefusalNotice refusal={refusalOf(list.error)} />;
  if (!list.data) return <OrderListSkeleton />;
  const orders = list.data.pages.flatMap(({ items }) => items);
  if (orders.length === 0)
    return (
      <Empty title={t("none")} hint={t("noneHint")}>
        <ButtonLink href="/">{t("browse")}</ButtonLink>
      </Empty>
    );
  return (
    <>
      <ul className="grid gap-3">
        {orders.map((order) => (
          <OrderRow key={order.orderId} order={order} />
        ))}
      </ul>
      {list.hasNextPage && (
        <MoreButton
          label={t("more")}
          pending={list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
        />
      )}
    </>
  );
};

const OrderRow = ({ order: { orderId, lines, paidAmount, discountAmount, paidAt } }: { order: Order }) => {
  const t = useTranslations("order");
  const locale = useLocale();
  return (
    <li>
      <Link
        href={`/orders/${orderId}`}
        className="flex items-center gap-4 rounded-2xl border border-line bg-surface p-5 hover:border-edge"
      >
        <div className="min-w-0 flex-1">
          <p className="text-sm text-ink-soft">{formatMoment(paidAt, locale)}</p>
          <p className="mt-1 truncate font-semibold">
            {t("linesOf", { first: lines[0]?.name ?? "", more: lines.length - 1 })}
          </p>
          <p className="figures mt-1 text-sm text-ink-soft">
            {t("paidState")}
            {discountAmount > 0 && ` · ${t("saved", { amount: formatKrw(discountAmount, locale) })}`}
          </p>
        </div>
        <p className="figures text-lg font-bold">{formatKrw(paidAmount, locale)}</p>
        <ChevronRight aria-hidden className="size-5 text-ink-soft" />
      </Link>
    </li>
  );
};

/** Rows as high as those of orders. */
export const OrderListSkeleton = () => (
  <div className="grid gap-3">
    {Array.from({ length: 4 }, (_, index) => (
      <Skeleton key={index} className="h-28 rounded-2xl" />
    ))}
  </div>
);
