"use client";

import type { Order } from "@stampede/core/order/schema";
import { CircleCheck } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { forgetPending } from "@/commands/pending";
import { readState, resetCommand, scopeOf } from "@/commands/run";
import { formatCount, formatKrw, formatMoment, formatTaken } from "@/lib/format";
import { ButtonLink } from "@/ui/button";
import { Skeleton } from "@/ui/skeleton";

/** What was bought and what was paid. Just placed, it says so first. */
export const Receipt = ({ order, placed }: { order: Order; placed: boolean }) => {
  const t = useTranslations("order");
  const locale = useLocale();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The payment has been shown: its key has done its work, its control is at rest again.
    const payment = readState(scopeOf("order.place"));
    if (payment.phase === "done") forgetPending(payment.key);
    resetCommand(scopeOf("order.place"));
    if (placed) heading.current?.focus();
  }, [placed]);
  const { orderId, lines, totalAmount, discountAmount, paidAmount, paidAt } = order;
  return (
    <div className="page flex justify-center pt-8 sm:pt-14">
      <div className="w-full max-w-xl">
        {placed && <CircleCheck aria-hidden className="mb-4 size-14 text-good" />}
        <h1 ref={heading} tabIndex={-1} className="text-3xl font-bold outline-none">
          {t(placed ? "thanks" : "receipt")}
        </h1>
        <p className="mt-2 text-ink-soft">
          {t("paidOn", { at: formatMoment(paidAt, locale) })}
        </p>
        <div className="mt-6 rounded-3xl border border-line bg-surface p-6 shadow-lift">
          <ul className="divide-y divide-line">
            {lines.map(({ productId, name, unitPrice, quantity }) => (
              <li key={productId} className="flex items-baseline justify-between gap-4 py-3">
                <span className="min-w-0">
                  <span className="font-medium">{name}</span>
                  <span className="figures block text-sm text-ink-soft">
                    {formatKrw(unitPrice, locale)} × {formatCount(quantity, locale)}
                  </span>
                </span>
                <span className="figures font-semibold">
                  {formatKrw(unitPrice * quantity, locale)}
                </span>
              </li>
            ))}
          </ul>
          <dl className="figures mt-3 grid gap-2 border-t-2 border-dashed border-line pt-4">
            <Sum label={t("total")} text={formatKrw(totalAmount, locale)} />
            <Sum label={t("discount")} text={formatTaken(discountAmount, locale)} />
            <div className="flex items-baseline justify-between">
              <dt className="font-bold">{t("paid")}</dt>
              <dd className="text-2xl font-bold" data-testid="paid" data-value={paidAmount}>
                {formatKrw(paidAmount, locale)}
              </dd>
            </div>
          </dl>
          <p className="mt-5 text-sm text-ink-soft">
            {t("number")}{" "}
            <span className="font-mono break-all text-ink select-all" data-testid="order-id">
              {orderId}
            </span>
          </p>
        </div>
        <div className="mt-6 flex flex-wrap gap-3">
          <ButtonLink href="/orders" look="secondary">
            {t("toOrders")}
          </ButtonLink>
          <ButtonLink href="/" look="quiet">
            {t("goOn")}
          </ButtonLink>
        </div>
      </div>
    </div>
  );
};

const Sum = ({ label, text }: { label: string; text: string }) => (
  <div className="flex items-baseline justify-between">
    <dt className="text-ink-soft">{label}</dt>
    <dd>{text}</dd>
  </div>
);

/** A receipt of one line, before it is there. */
export const ReceiptSkeleton = ({ placed }: { placed: boolean }) => {
  const t = useTranslations("order");
  return (
    <div className="page flex justify-center pt-8 sm:pt-14">
      <div className="w-full max-w-xl">
        {placed && <Skeleton className="mb-4 size-14 rounded-full" />}
        <h1 className="text-3xl font-bold">{t("receipt")}</h1>
        <Skeleton className="mt-2 h-6 w-44" />
        <Skeleton className="mt-6 h-80 rounded-3xl" />
        <Skeleton className="mt-6 h-11 w-60" />
      </div>
    </div>
  );
};
