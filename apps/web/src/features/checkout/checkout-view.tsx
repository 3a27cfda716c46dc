"use client";

import { priceOrder } from "@stampede/core/order/price";
import type { OrderItem } from "@stampede/core/order/schema";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useCommand } from "@/commands/use-command";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Skeleton } from "@/ui/skeleton";
import { useCart } from "../cart/store";
import { useLines } from "../cart/use-lines";
import { RefusalNotice } from "../shell/refusal-notice";
import { CheckoutLines } from "./checkout-lines";
import { CouponChoice } from "./coupon-choice";
import { PayPanel } from "./pay-panel";

/** From what is wanted to what is paid, every won of it on one page. */
export const CheckoutView = ({
  direct,
  renderedAt,
}: {
  direct: OrderItem | null;
  renderedAt: number;
}) => {
  const t = useTranslations("checkout");
  const cart = useCart();
  const items = useMemo(() => (direct ? [direct] : (cart?.items ?? [])), [direct, cart]);
  const { lines, missing, loading, refetch } = useLines(items);
  const balance = useQuery(queries.balance());
  const coupons = useQuery(queries.myCoupons());
  const { state, pending, submit, reset } = useCommand("order.place");
  const [couponId, setCouponId] = useState<string | null>(null);

  const readError = (!balance.data && balance.error) || (!coupons.data && coupons.error);
  if (readError) return <RefusalNotice refusal={refusalOf(readError)} />;
  if ((!direct && cart === null) || loading || !balance.data || !coupons.data) return <CheckoutSkeleton />;
  // The answer has come and the receipt is opening: the emptied cart must not show through.
  if (state.phase === "done") return <CheckoutSkeleton />;
  if (items.length === 0 || lines.length === 0)
    return (
      <Empty title={t("nothing")} hint={t(missing.length > 0 ? "gone" : "nothingHint")}>
        <ButtonLink href="/">{t("browse")}</ButtonLink>
      </Empty>
    );

  const coupon = coupons.data.find(({ issuedCouponId }) => issuedCouponId === couponId);
  const price = priceOrder(lines, coupon?.discount);
  const pay = () =>
    submit(
      {
        items: lines.map(({ productId, quantity }) => ({ productId, quantity })),
        expectedPaidAmount: price.paidAmount,
        ...(couponId && { issuedCouponId: couponId }),
      },
      direct ? undefined : cart?.key,
    );
  const choose = (id: string | null) => {
    setCouponId(id);
    reset();
  };
  return (
    <div className="grid gap-8 lg:grid-cols-[1fr_24rem]">
      <div className="flex flex-col gap-10">
        <CheckoutLines lines={lines} state={state} />
        <CouponChoice
          coupons={coupons.data}
          renderedAt={renderedAt}
          totalAmount={price.totalAmount}
          chosen={couponId}
          disabled={pending}
          onChoose={choose}
        />
      </div>
      <PayPanel
        price={price}
        balance={balance.data.balance}
        short={lines.some(({ quantity, available }) => quantity > available)}
        state={state}
        pending={pending}
        onPay={pay}
        onRefresh={() => void refetch()}
      />
    </div>
  );
};

/** Two lines, no coupon, and the panel that says what is paid. */
export const CheckoutSkeleton = () => (
  <div className="grid gap-8 lg:grid-cols-[1fr_24rem]">
    <div className="grid h-fit gap-4">
      <Skeleton className="h-24" />
      <Skeleton className="h-24" />
      <Skeleton className="h-16" />
    </div>
    <Skeleton className="h-96 rounded-3xl" />
  </div>
);
