"use client";

import type { AdminOrder } from "@stampede/core/order/schema";
import { useInfiniteQuery } from "@tanstack/react-query";
import { createColumnHelper } from "@tanstack/react-table";
import { useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { formatKrw, formatMoment } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { DataTable } from "@/ui/data-table";
import { Empty } from "@/ui/empty";
import { Skeleton } from "@/ui/skeleton";
import { MoreButton } from "../catalog/more-button";
import { RefusalNotice } from "../shell/refusal-notice";

const column = createColumnHelper<AdminOrder>();

/** The orders of everyone, newest first, as they come in. */
export const OrdersAdmin = () => {
  const t = useTranslations("admin");
  const list = useInfiniteQuery(queries.adminOrders());
  const columns = useColumns();
  if (list.error && !list.data) return <RefusalNotice refusal={refusalOf(list.error)} />;
  if (!list.data) return <Skeleton className="h-240" />;
  const orders = list.data.pages.flatMap(({ items }) => items);
  if (orders.length === 0) return <Empty title={t("noOrders")} />;
  return (
    <section>
      <DataTable
        label={t("orders")}
        columns={columns}
        rows={orders}
        rowId={({ orderId }) => orderId}
      />
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

const useColumns = () => {
  const t = useTranslations("admin");
  const tOrder = useTranslations("order");
  const locale = useLocale();
  return useMemo(
    () => [
      column.accessor("paidAt", {
        header: t("paidAt"),
        cell: (cell) => (
          <span className="whitespace-nowrap">{formatMoment(cell.getValue(), locale)}</span>
        ),
      }),
      column.accessor("lines", {
        header: t("lines"),
        cell: (cell) => {
          const lines = cell.getValue();
          return tOrder("linesOf", { first: lines[0]?.name ?? "", more: lines.length - 1 });
        },
      }),
      column.accessor("discountAmount", {
        header: t("discount"),
        cell: (cell) => formatKrw(cell.getValue(), locale),
      }),
      column.accessor("paidAmount", {
        header: t("paid"),
        cell: (cell) => <strong>{formatKrw(cell.getValue(), locale)}</strong>,
      }),
      column.accessor("userId", {
        header: t("shopper"),
        cell: (cell) => <span className="font-mono text-sm">{cell.getValue().slice(0, 8)}</span>,
      }),
    ],
    [t, tOrder, locale],
  );
};
