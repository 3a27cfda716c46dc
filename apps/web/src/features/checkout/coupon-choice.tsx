"use client";

import { discountOf } from "@stampede/core/coupon/discount";
import type { IssuedCoupon } from "@stampede/core/coupon/schema";
import { useQuery } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { formatDiscount, formatNear, formatTaken } from "@/lib/format";
import { useServerNow } from "@/lib/use-server-now";
import { queries } from "@/trpc/queries";

/** One of my coupons or none; those that cannot be used are here too, with the reason. */
export const CouponChoice = ({
  coupons,
  renderedAt,
  totalAmount,
  chosen,
  disabled,
  onChoose,
}: {
  coupons: IssuedCoupon[];
  renderedAt: number;
  totalAmount: number;
  chosen: string | null;
  disabled: boolean;
  onChoose: (issuedCouponId: string | null) => void;
}) => {
  const t = useTranslations("checkout");
  useQuery(queries.clock());
  const now = useServerNow(renderedAt);
  return (
    <fieldset disabled={disabled}>
      <legend className="text-xl font-bold">{t("coupon")}</legend>
      <div className="mt-3 grid gap-2">
        <Choice title={t("noCoupon")} checked={chosen === null} onChoose={() => onChoose(null)} />
        {coupons.map((coupon) => (
          <CouponOption
            key={coupon.issuedCouponId}
            coupon={coupon}
            now={now}
            totalAmount={totalAmount}
            checked={chosen === coupon.issuedCouponId}
            onChoose={() => onChoose(coupon.issuedCouponId)}
          />
        ))}
      </div>
      {coupons.length === 0 && <p className="mt-2 text-sm text-ink-soft">{t("noneMine")}</p>}
    </fieldset>
  );
};

const CouponOption = ({
  coupon,
  now,
  totalAmount,
  ...choice
}: {
  coupon: IssuedCoupon;
  now: number;
  totalAmount: number;
  checked: boolean;
  onChoose: () => void;
}) => {
  const t = useTranslations("checkout");
  const tCoupon = useTranslations("coupon");
  const locale = useLocale();
  const { name, discount, status, validFrom, validUntil } = coupon;
  const early = Date.parse(validFrom) > now;
  const unusable =
    status !== "ISSUED"
      ? t(`unusable.${status}`)
      : early
        ? t("unusable.EARLY", { from: formatNear(validFrom, locale) })
        : undefined;
  return (
    <Choice
      {...choice}
      title={`${formatDiscount(discount, locale)} ${tCoupon("off")}`}
      name={name}
      note={unusable ?? tCoupon("useUntil", { until: formatNear(validUntil, locale) })}
      disabled={unusable !== undefined}
      amount={unusable ? undefined : formatTaken(discountOf(discount, totalAmount), locale)}
    />
  );
};

const Choice = ({
  title,
  name,
  note,
  amount,
  checked,
  disabled = false,
  onChoose,
}: {
  title: string;
  name?: string;
  note?: string | undefined;
  amount?: string | undefined;
  checked: boolean;
  disabled?: boolean;
  onChoose: () => void;
}) => (
  <label className="flex min-h-14 items-center gap-3 rounded-xl border border-edge bg-surface px-4 py-3 has-checked:border-accent has-checked:bg-accent-wash has-disabled:border-line has-disabled:bg-sunken">
    <input
      type="radio"
      name="coupon"
      checked={checked}
      disabled={disabled}
      onChange={onChoose}
      className="size-5 shrink-0 accent-accent"
    />
    <span className="min-w-0 flex-1">
      <span className="block font-semibold">{title}</span>
      {name && <span className="block text-sm">{name}</span>}
      {note && <span className="block text-sm text-ink-soft">{note}</span>}
    </span>
    {amount && <span className="figures font-bold text-accent-strong">{amount}</span>}
  </label>
);
