import { Suspense } from "react";
import { getTranslations } from "next-intl/server";
import { SignInFirst } from "@/features/account/sign-in-first";
import { readUser } from "@/features/account/session";
import { OrderList, OrderListSkeleton } from "@/features/order/order-list";
import { Prefetched } from "@/trpc/prefetched";

export const generateMetadata = async () => {
  const t = await getTranslations("order");
  return { title: t("title"), robots: { index: false } };
};

export default async function OrdersPage() {
  const t = await getTranslations("order");
  return (
    <div className="page pt-8 sm:pt-12">
      <h1 className="mb-6 text-3xl font-bold sm:text-4xl">{t("title")}</h1>
      {(await readUser()) ? (
        <Suspense fallback={<OrderListSkeleton />}>
          <Prefetched load={(client, { orders }) => [client.prefetchInfiniteQuery(orders())]}>
            <OrderList />
          </Prefetched>
        </Suspense>
      ) : (
        <SignInFirst next="/orders" />
      )}
    </div>
  );
}
