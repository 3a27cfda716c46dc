"use client";

import type { PopularProduct } from "@stampede/core/product/schema";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { queries } from "@/trpc/queries";
import { ProductCard } from "./product-card";

/** The five that the most orders of the last three days are about. */
export const PopularRail = ({ initial }: { initial: PopularProduct[] }) => {
  const t = useTranslations("home");
  const { data } = useQuery({ ...queries.popular(), initialData: initial });
  return (
    <section aria-labelledby="popular" className="mt-14">
      <h2 id="popular" className="text-2xl font-bold">
        {t("popular")}
      </h2>
      <p className="mt-1 text-ink-soft">{t("popularHint")}</p>
      {data.length === 0 ? (
        <p className="mt-5 rounded-2xl border border-dashed border-edge px-5 py-8 text-center text-ink-soft">
          {t("popularEmpty")}
        </p>
      ) : (
        <ol className="-mx-4 mt-5 flex snap-x gap-4 overflow-x-auto px-4 pb-2 sm:mx-0 sm:grid sm:grid-cols-5 sm:overflow-visible sm:px-0">
          {data.map((product, index) => (
            <li key={product.productId} className="relative w-40 shrink-0 snap-start sm:w-auto">
              <span
                className="figures absolute top-2 left-2 z-10 flex size-8 items-center justify-center rounded-full border-2 border-paper bg-night text-sm font-bold text-on-night"
                aria-label={t("rank", { rank: product.rank })}
                role="img"
              >
                {product.rank}
              </span>
              <ProductCard
                product={product}
                eager={index < 2}
                note={<span>{t("orderCount", { count: product.orderCount })}</span>}
              />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
};
