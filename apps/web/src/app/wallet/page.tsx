import { Suspense } from "react";
import { getTranslations } from "next-intl/server";
import { readUser } from "@/features/account/session";
import { SignInFirst } from "@/features/account/sign-in-first";
import { WalletSkeleton, WalletView } from "@/features/wallet/wallet-view";
import { Prefetched } from "@/trpc/prefetched";

export const generateMetadata = async () => {
  const t = await getTranslations("wallet");
  return { title: t("title"), robots: { index: false } };
};

export default async function WalletPage() {
  const t = await getTranslations("wallet");
  return (
    <div className="page pt-8 sm:pt-12">
      <h1 className="mb-6 text-3xl font-bold sm:text-4xl">{t("title")}</h1>
      {(await readUser()) ? (
        <Suspense fallback={<WalletSkeleton />}>
          <Prefetched
            load={(client, { balance, history }) => [
              client.prefetchQuery(balance()),
              client.prefetchInfiniteQuery(history()),
            ]}
          >
            <WalletView />
          </Prefetched>
        </Suspense>
      ) : (
        <SignInFirst next="/wallet" />
      )}
    </div>
  );
}
