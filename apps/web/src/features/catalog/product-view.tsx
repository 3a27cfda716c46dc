"use client";

import { orderQuantityMax } from "@stampede/core/order/policy";
import type { Product } from "@stampede/core/product/schema";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { formatCount, formatKrw } from "@/lib/format";
import { queries } from "@/trpc/queries";
import { Button } from "@/ui/button";
import { notify } from "@/ui/notify";
import { Picture } from "@/ui/picture";
import { QuantityField } from "@/ui/quantity-field";
import { addToCart } from "../cart/store";
import { lowStock } from "./stock-badge";

/** A product: what it is, what it costs and how many there are this second. */
export const ProductView = ({ initial }: { initial: Product }) => {
  const t = useTranslations("product");
  const locale = useLocale();
  const { data } = useQuery({ ...queries.product(initial.productId), initialData: initial });
  const { productId, name, description, price, stock, imageUrl } = data;
  const [wanted, setWanted] = useState(1);
  const most = Math.min(stock, orderQuantityMax);
  const quantity = Math.max(1, Math.min(wanted, most));

  return (
    <div className="page grid gap-8 pb-24 sm:pt-10 md:grid-cols-2 md:gap-12 md:pb-0">
      <div className="-mx-4 overflow-hidden sm:mx-0 sm:rounded-3xl md:sticky md:top-24 md:self-start">
        <Picture src={imageUrl} alt={t("pictureOf", { name })} eager />
      </div>
      <div className="md:py-4">
        <h1 className="text-3xl/10 font-bold sm:text-4xl/12">{name}</h1>
        <p className="figures mt-3 text-2xl font-bold" data-testid="price" data-value={price}>
          {formatKrw(price, locale)}
        </p>
        <StockLine stock={stock} />
        <div className="mt-6 space-y-3 border-t border-line pt-6 text-[1.0625rem]/7">
          {description.split("\n").map((paragraph, index) => (
            <p key={index} className={index > 0 ? "text-ink-soft" : undefined}>
              {paragraph}
            </p>
          ))}
        </div>
        {stock > 0 && (
          <div className="mt-8 flex flex-wrap items-center justify-between gap-4">
            <QuantityField
              label={t("quantity")}
              less={t("less")}
              more={t("more")}
              value={quantity}
              max={most}
              onChange={setWanted}
            />
            <p className="text-ink-soft">
              {t("sum")}{" "}
              <strong className="figures text-xl text-ink" data-testid="sum">
                {formatKrw(price * quantity, locale)}
              </strong>
            </p>
          </div>
        )}
        <BuyBar productId={productId} name={name} quantity={quantity} soldOut={stock === 0} />
      </div>
    </div>
  );
};

const StockLine = ({ stock }: { stock: number }) => {
  const t = useTranslations("product");
  const locale = useLocale();
  const tone = stock === 0 ? "text-bad" : stock <= lowStock ? "text-warn" : "text-good";
  return (
    <p
      role="status"
      data-testid="stock"
      data-value={stock}
      className={`figures mt-2 font-semibold ${tone}`}
    >
      {stock === 0
        ? t("soldOutLong")
        : stock <= lowStock
          ? t("onlyLeftLong", { stock })
          : t("inStock", { stock: formatCount(stock, locale) })}
    </p>
  );
};

/** Buying, at the bottom of a phone's screen and below the text of a wide one. */
const BuyBar = ({
  productId,
  name,
  quantity,
  soldOut,
}: {
  productId: string;
  name: string;
  quantity: number;
  soldOut: boolean;
}) => {
  const t = useTranslations("product");
  const router = useRouter();
  const add = () => {
    addToCart(productId, quantity);
    notify({
      tone: "good",
      text: t("added", { name }),
      action: { label: t("toCart"), onClick: () => router.push("/cart") },
    });
  };
  const buy = () => router.push(`/checkout?product=${productId}&quantity=${quantity}`);
  return (
    <div className="fixed inset-x-0 bottom-0 z-20 flex gap-3 border-t border-line bg-surface px-4 py-3 pb-[calc(0.75rem+env(safe-area-inset-bottom))] md:static md:mt-6 md:border-0 md:bg-transparent md:p-0">
      <Button look="secondary" size="large" wide disabled={soldOut} onClick={add}>
        {t("addToCart")}
      </Button>
      <Button size="large" wide disabled={soldOut} onClick={buy}>
        {soldOut ? t("soldOut") : t("buyNow")}
      </Button>
    </div>
  );
};
