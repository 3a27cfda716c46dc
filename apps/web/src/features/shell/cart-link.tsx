"use client";

import { ShoppingBag } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useCart } from "../cart/store";

/** The way to the cart, with how many things are in it. */
export const CartLink = () => {
  const t = useTranslations("shell");
  const count = useCart()?.items.length ?? 0;
  return (
    <Link
      href="/cart"
      className="relative inline-flex size-11 items-center justify-center rounded-xl hover:bg-sunken"
    >
      <ShoppingBag aria-hidden className="size-5.5" />
      <span className="sr-only">{t("cart")} </span>
      {count > 0 && (
        <span className="figures absolute top-1 right-0.5 min-w-5 rounded-full bg-accent px-1 text-center text-xs/5 font-bold text-on-accent">
          {count}
        </span>
      )}
    </Link>
  );
};
