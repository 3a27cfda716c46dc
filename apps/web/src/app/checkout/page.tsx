import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { readUser } from "@/features/account/session";
import { checkoutHref } from "@/features/checkout/checkout-href";
import { CheckoutSkeleton, CheckoutView } from "@/features/checkout/checkout-view";
import type { PageProps } from "@/lib/page-props";
import { Prefetched } from "@/trpc/prefetched";

export const generateMetadata = async () => {
  const t = await getTranslations("checkout");
  return { title: t("title"), robots: { index: false } };
};

export default async function CheckoutPage({ searchParams }: PageProps) {
  const { product, quantity } = await searchParams;
  const direct =
    typeof product === "string"
      ? { productId: product, quantity: Math.max(1, Math.trunc(Number(quantity)) || 1) }
      : null;
  if (!(await readUser()))
    redirect(`/sign-in?next=${encodeURIComponent(checkoutHref(direct))}`);
  const t = await getTranslations("checkout");
  return (
    <div className="page pt-8 sm:pt-12">
      <h1 className="mb-6 text-3xl font-bold sm:text-4xl">{t("title")}</h1>
      <Suspense fallback={<CheckoutSkeleton />}>
        <Prefetched
          load={(client, queries) => [
            client.prefetchQuery(queries.balance()),
            client.prefetchQuery(queries.myCoupons()),
            // The cart is the browser's; a product bought at once is in the address.
            ...(direct ? [client.prefetchQuery(queries.product(direct.productId))] : []),
          ]}
        >
          <CheckoutView direct={direct} renderedAt={Date.now()} />
        </Prefetched>
      </Suspense>
    </div>
  );
}
