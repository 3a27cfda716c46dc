"use client";

import type { IssuedCoupon, IssuedCouponStatus } from "@stampede/core/coupon/schema";
import { useQuery } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { formatCount, formatDiscount, formatKrw, formatNear } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { Badge } from "@/ui/badge";
import { Empty } from "@/ui/empty";
import { Skeleton } from "@/ui/skeleton";
import { RefusalNotice } from "../shell/refusal-notice";
import { CampaignName } from "./campaign-name";

const tones = { ISSUED: "good", USED: "plain", EXPIRED: "plain" } as const satisfies Record<
  IssuedCouponStatus,
  "good" | "plain"
>;

/** The coupons this shopper holds, with what they are good for and until when. */
export const MyCoupons = () => {
  const t = useTranslations("coupon");
  const { data, error } = useQuery(queries.myCoupons());
  if (error && !data) return <RefusalNotice refusal={refusalOf(error)} />;
  if (!data) return <MyCouponsSkeleton />;
  if (data.length === 0) return <Empty title={t("noneMine")} hint={t("noneMineHint")} />;
  return (
    <ul className="mt-5 grid gap-3 sm:grid-cols-2">
      {data.map((coupon) => (
        <MyCoupon key={coupon.issuedCouponId} coupon={coupon} />
      ))}
    </ul>
  );
};

const MyCoupon = ({ coupon }: { coupon: IssuedCoupon }) => {
  const t = useTranslations("coupon");
  const locale = useLocale();
  const { name, discount, status, sequence, validFrom, validUntil } = coupon;
  return (
    <li className="rounded-2xl border border-line bg-surface p-5" data-status={status}>
      <div className="flex items-start justify-between gap-3">
        <p className="font-semibold">
          <CampaignName name={name} />
        </p>
        <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>
      </div>
      <p className="figures mt-2 text-2xl font-bold">
        {formatDiscount(discount, locale)} {t("off")}
      </p>
      <p className="mt-2 text-sm text-ink-soft">
        {discount.type === "PERCENT" && discount.maxAmount !== null && (
          <>{t("atMost", { amount: formatKrw(discount.maxAmount, locale) })} · </>
        )}
        {t("usePeriod", {
          from: formatNear(validFrom, locale),
          until: formatNear(validUntil, locale),
        })}
      </p>
      <p className="figures mt-1 text-sm text-ink-soft">
        {t("place", { sequence: formatCount(sequence, locale) })}
      </p>
    </li>
  );
};

export const MyCouponsSkeleton = () => (
  <div className="mt-5 grid gap-3 sm:grid-cols-2">
    <Skeleton className="h-40" />
    <Skeleton className="h-40" />
  </div>
);
