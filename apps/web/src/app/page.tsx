import type { ProductSort } from "@stampede/core/product/schema";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { readUser } from "@/features/account/session";
import { CatalogControls } from "@/features/catalog/catalog-controls";
import { CatalogGrid } from "@/features/catalog/catalog-grid";
import { PopularRail } from "@/features/catalog/popular-rail";
import { FeaturedCampaign, FeaturedCampaignSkeleton } from "@/features/coupon/featured-campaign";
import type { PageProps } from "@/lib/page-props";
import { catalogPageSize } from "@/trpc/page-size";
import { Prefetched } from "@/trpc/prefetched";
import { publicApi } from "@/trpc/server";

const toSort = (text: unknown): ProductSort =>
  text === "priceAsc" || text === "priceDesc" ? text : "newest";

export default async function HomePage({ searchParams }: PageProps) {
  const { q, sort: sortText } = await searchParams;
  const query = typeof q === "string" ? q.trim().slice(0, 100) : "";
  const sort = toSort(sortText);
  const api = publicApi();
  const [t, user, campaigns, popular, products] = await Promise.all([
    getTranslations("home"),
    readUser(),
    api.coupon.list.query(),
    api.product.popular.query(),
    api.product.list.query({ sort, limit: catalogPageSize, ...(query && { query }) }),
  ]);
  const event = { initial: campaigns, renderedAt: Date.now() };
  return (
    <div className="page pt-6 sm:pt-8">
      <h1 className="sr-only">{t("title")}</h1>
      {query === "" && (
        <>
          {user ? (
            <Suspense fallback={<FeaturedCampaignSkeleton {...event} />}>
              <Prefetched load={(client, { myCoupons }) => [client.prefetchQuery(myCoupons())]}>
                <FeaturedCampaign {...event} />
              </Prefetched>
            </Suspense>
          ) : (
            <FeaturedCampaign {...event} />
          )}
          <PopularRail initial={popular} />
        </>
      )}
      <section aria-labelledby="catalog" className={query === "" ? "mt-14" : ""}>
        <h2 id="catalog" className="text-2xl font-bold">
          {query ? t("results", { query }) : t("all")}
        </h2>
        <CatalogControls query={query} sort={sort} />
        <CatalogGrid key={`${sort} ${query}`} query={query} sort={sort} initial={products} />
      </section>
    </div>
  );
}
