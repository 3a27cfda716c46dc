"use client";

import { campaignPhase } from "@stampede/core/coupon/phase";
import type { Campaign } from "@stampede/core/coupon/schema";
import { useQuery } from "@tanstack/react-query";
import { createColumnHelper } from "@tanstack/react-table";
import { useLocale, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { formatCount, formatDiscount, formatNear } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { serverNow } from "@/lib/server-clock";
import { queries } from "@/trpc/queries";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { Dialog } from "@/ui/dialog";
import { Empty } from "@/ui/empty";
import { Meter } from "@/ui/meter";
import { Skeleton } from "@/ui/skeleton";
import { RefusalNotice } from "../shell/refusal-notice";
import { CampaignForm } from "./campaign-form";

const column = createColumnHelper<Campaign>();

/** The campaigns that are open or coming: open a new one, and watch them go. */
export const CampaignsAdmin = () => {
  const t = useTranslations("admin");
  const { data, error } = useQuery(queries.campaigns());
  const [open, setOpen] = useState(false);
  const columns = useColumns();
  return (
    <section>
      <div className="mb-4 flex justify-end">
        <Button onClick={() => setOpen(true)}>{t("newCampaign")}</Button>
      </div>
      {error && <RefusalNotice refusal={refusalOf(error)} />}
      {!data && !error && <Skeleton className="h-240" />}
      {data?.length === 0 && <Empty title={t("noCampaigns")} />}
      {data && data.length > 0 && (
        <DataTable
          label={t("campaigns")}
          columns={columns}
          rows={data}
          rowId={({ couponId }) => couponId}
        />
      )}
      <Dialog
        open={open}
        onOpenChange={setOpen}
        closeLabel={t("close")}
        title={t("newCampaign")}
      >
        <CampaignForm onSaved={() => setOpen(false)} />
      </Dialog>
    </section>
  );
};

const useColumns = () => {
  const t = useTranslations("admin");
  const tCoupon = useTranslations("coupon");
  const locale = useLocale();
  return useMemo(
    () => [
      column.accessor("name", {
        header: t("name"),
        cell: (cell) => <span className="font-medium">{cell.getValue()}</span>,
      }),
      column.accessor("discount", {
        header: t("discount"),
        cell: (cell) => formatDiscount(cell.getValue(), locale),
      }),
      column.display({
        id: "phase",
        header: t("phase"),
        cell: ({ row: { original } }) => {
          const phase = campaignPhase(original, new Date(serverNow()).toISOString(), false);
          return (
            <Badge tone={phase === "open" ? "good" : "plain"}>{tCoupon(`phase.${phase}`)}</Badge>
          );
        },
      }),
      column.accessor("remainingQuantity", {
        header: t("remaining"),
        cell: ({ row: { original } }) => {
          const text = tCoupon("leftOf", {
            left: formatCount(original.remainingQuantity, locale),
            total: formatCount(original.totalQuantity, locale),
          });
          return (
            <span className="block min-w-32">
              <span className="mb-1 block text-sm">{text}</span>
              <Meter
                label={`${original.name} ${t("remaining")}`}
                value={original.remainingQuantity}
                max={original.totalQuantity}
                text={text}
              />
            </span>
          );
        },
      }),
      column.display({
        id: "period",
        header: t("issuePeriod"),
        cell: ({ row: { original } }) => (
          <span className="text-sm whitespace-nowrap text-ink-soft">
            {formatNear(original.issueStartsAt, locale)} ~{" "}
            {formatNear(original.issueEndsAt, locale)}
          </span>
        ),
      }),
    ],
    [t, tCoupon, locale],
  );
};
