"use client";

import { priceOrder } from "@stampede/core/order/price";
import { useLocale, useTranslations } from "next-intl";
import { formatCount, formatKrw } from "@/lib/format";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";
import { CartRow } from "./cart-row";
import { setQuantity, useCart } from "./store";
import { useLines } from "./use-lines";

/** What one means to buy: kept across visits and across signing in, priced as the server will. */
export const CartView = () => {
  const t = useTranslations("cart");
  const locale = useLocale();
  const items = useCart()?.items ?? null;
  const { lines, missing, loading } = useLines(items ?? []);
  if (items === null || (loading && lines.length < items.length)) return <CartSkeleton />;
  if (items.length === 0)
    return (
      <Empty title={t("empty")} hint={t("emptyHint")}>
        <ButtonLink href="/">{t("browse")}</ButtonLink>
      </Empty>
    );
  const { totalAmount } = priceOrder(lines);
  const short = lines.some(({ quantity, available }) => quantity > available);
  return (
    <div className="grid gap-8 lg:grid-cols-[1fr_20rem]">
      <div>
        <ul className="divide-y divide-line border-y border-line">
          {lines.map((line) => (
            <CartRow key={line.productId} line={line} />
          ))}
        </ul>
        {missing.map((productId) => (
          <div key={productId} className="mt-4">
            <Notice tone="warn">
              {t("gone")}{" "}
              <button
                type="button"
                className="min-h-6 font-semibold underline underline-offset-4"
                onClick={() => setQuantity(productId, 0)}
              >
                {t("remove")}
              </button>
            </Notice>
          </div>
        ))}
      </div>
      <aside className="h-fit rounded-3xl border border-line bg-surface p-6 lg:sticky lg:top-24">
        <p className="flex items-baseline justify-between">
          <span className="text-ink-soft">
            {t("total", { count: formatCount(lines.length, locale) })}
          </span>
          <strong className="figures text-2xl" data-testid="cart-total" data-value={totalAmount}>
            {formatKrw(totalAmount, locale)}
          </strong>
        </p>
        <p className="mt-1 mb-5 text-sm text-ink-soft">{t("couponLater")}</p>
        {short && <Notice tone="warn">{t("short")}</Notice>}
        <ButtonLink href="/checkout" size="large" wide className={short ? "mt-4" : ""}>
          {t("checkout")}
        </ButtonLink>
      </aside>
    </div>
  );
};

const CartSkeleton = () => (
  <div className="grid gap-8 lg:grid-cols-[1fr_20rem]">
    <div className="grid gap-4">
      <Skeleton className="h-30" />
      <Skeleton className="h-30" />
    </div>
    <Skeleton className="h-44" />
  </div>
);
