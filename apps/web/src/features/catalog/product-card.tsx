"use client";

import type { Product } from "@stampede/core/product/schema";
import { cx } from "class-variance-authority";
import Link from "next/link";
import { useLocale } from "next-intl";
import type { ReactNode } from "react";
import { formatKrw } from "@/lib/format";
import { Picture } from "@/ui/picture";
import { Skeleton } from "@/ui/skeleton";
import { StockBadge } from "./stock-badge";

/** A product in a list: one link, picture first. `note` is what this list adds to it. */
export const ProductCard = ({
  product,
  eager = false,
  note,
}: {
  product: Product;
  eager?: boolean;
  note?: ReactNode;
}) => {
  const locale = useLocale();
  const { productId, name, price, stock, imageUrl } = product;
  return (
    <Link href={`/products/${productId}`} className="group block rounded-2xl">
      <div className="overflow-hidden rounded-2xl">
        <Picture
          src={imageUrl}
          alt=""
          eager={eager}
          className={cx(
            "transition-transform duration-300 group-hover:scale-[1.03]",
            stock === 0 && "opacity-55 grayscale",
          )}
        />
      </div>
      <div className="mt-3 px-0.5">
        <p className="line-clamp-2 text-[0.9375rem]/5 text-ink">{name}</p>
        <p className="figures mt-1 text-[1.0625rem] font-bold" data-value={price}>
          {formatKrw(price, locale)}
        </p>
        {/* Always one line high, so that a badge that comes or goes moves nothing. */}
        <p className="mt-1 flex h-6 items-center gap-1.5 text-sm text-ink-soft">
          <StockBadge stock={stock} />
          {note}
        </p>
      </div>
    </Link>
  );
};

export const ProductCardSkeleton = () => (
  <div>
    <Skeleton className="aspect-square w-full rounded-2xl" />
    <Skeleton className="mt-3 h-5 w-3/4" />
    <Skeleton className="mt-2 h-6 w-1/2" />
    <div className="h-7" />
  </div>
);
