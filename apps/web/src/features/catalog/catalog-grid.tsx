"use client";

import type { Product, ProductSort } from "@stampede/core/product/schema";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { RefusalNotice } from "../shell/refusal-notice";
import { MoreButton } from "./more-button";
import { ProductCard, ProductCardSkeleton } from "./product-card";

/** The catalogue: goes on as one scrolls, and its prices and stock stay true. */
export const CatalogGrid = ({
  query,
  sort,
  initial,
}: {
  query: string;
  sort: ProductSort;
  initial: { items: Product[]; nextCursor: string | null };
}) => {
  const t = useTranslations("home");
  const list = useInfiniteQuery({
    ...queries.catalog(query, sort),
    initialData: { pages: [initial], pageParams: [null] },
  });
  const products = list.data.pages.flatMap(({ items }) => items);
  if (products.length === 0)
    return (
      <Empty title={t("nothingFound", { query })} hint={t("nothingFoundHint")}>
        <ButtonLink href="/" look="secondary">
          {t("showAll")}
        </ButtonLink>
      </Empty>
    );
  return (
    <>
      <ul className="mt-6 grid grid-cols-2 gap-x-4 gap-y-7 sm:grid-cols-3 lg:grid-cols-4">
        {products.map((product, index) => (
          // Off the screen nothing of it is laid out: half of what the first page costs a phone.
          <li
            key={product.productId}
            className="[contain-intrinsic-size:auto_20rem] [content-visibility:auto]"
          >
            <ProductCard product={product} eager={query !== "" && index < 2} />
          </li>
        ))}
        {list.isFetchingNextPage &&
          Array.from({ length: 4 }, (_, index) => (
            <li key={index}>
              <ProductCardSkeleton />
            </li>
          ))}
      </ul>
      {list.isFetchNextPageError && <RefusalNotice refusal={refusalOf(list.error)} />}
      {list.hasNextPage && (
        <MoreButton
          label={t("more")}
          pending={list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
        />
      )}
    </>
  );
};
