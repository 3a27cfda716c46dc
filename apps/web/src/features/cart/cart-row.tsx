"use client";

import { orderQuantityMax } from "@stampede/core/order/policy";
import { Trash2 } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { formatCount, formatKrw } from "@/lib/format";
import { Picture } from "@/ui/picture";
import { QuantityField } from "@/ui/quantity-field";
import { setQuantity } from "./store";
import type { CartLine } from "./use-lines";

/** A line of the cart with its own problem, if it has one. */
export const CartRow = ({ line }: { line: CartLine }) => {
  const t = useTranslations("cart");
  const tProduct = useTranslations("product");
  const locale = useLocale();
  const { productId, name, unitPrice, quantity, available, imageUrl } = line;
  return (
    <li className="flex gap-4 py-5" data-testid="cart-line">
      <Link href={`/products/${productId}`} className="w-20 shrink-0 sm:w-28" tabIndex={-1} aria-hidden>
        <Picture src={imageUrl} alt="" className="rounded-xl" />
      </Link>
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <div className="flex items-start justify-between gap-2">
          <Link href={`/products/${productId}`} className="font-semibold hover:underline">
            {name}
          </Link>
          <button
            type="button"
            aria-label={t("removeNamed", { name })}
            onClick={() => setQuantity(productId, 0)}
            className="-mt-2 flex size-11 shrink-0 items-center justify-center rounded-xl text-ink-soft hover:bg-sunken"
          >
            <Trash2 aria-hidden className="size-4.5" />
          </button>
        </div>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <QuantityField
            label={t("quantityOf", { name })}
            less={tProduct("less")}
            more={tProduct("more")}
            value={quantity}
            max={Math.max(quantity, Math.min(available, orderQuantityMax))}
            onChange={(next) => setQuantity(productId, next)}
          />
          <p className="figures text-lg font-bold">{formatKrw(unitPrice * quantity, locale)}</p>
        </div>
        {quantity > available && (
          <p role="alert" className="text-sm font-medium text-bad">
            {available === 0
              ? t("lineSoldOut")
              : t("lineShort", { available: formatCount(available, locale) })}
          </p>
        )}
      </div>
    </li>
  );
};
