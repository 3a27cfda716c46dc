import { getTranslations } from "next-intl/server";
import { Suspense, type ReactNode } from "react";
import { readUser } from "@/features/account/session";
import { CampaignList, CampaignListSkeleton } from "@/features/coupon/campaign-list";
import { MyCoupons, MyCouponsSkeleton } from "@/features/coupon/my-coupons";
import { Prefetched } from "@/trpc/prefetched";
import { publicApi } from "@/trpc/server";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";

export const generateMetadata = async () => {
  const t = await getTranslations("coupon");
  return { title: t("title"), description: t("lead") };
};

export default async function CouponsPage() {
  const [t, user, campaigns] = await Promise.all([
    getTranslations("coupon"),
    readUser(),
    publicApi().coupon.list.query(),
  ]);
  const rendered = { initial: campaigns, renderedAt: Date.now() };
  const mine = (held: ReactNode) => (
    <section aria-labelledby="mine" className="mt-14">
      <h2 id="mine" className="text-2xl font-bold">
        {t("mineTitle")}
      </h2>
      {held}
    </section>
  );
  return (
    <div className="page pt-8 sm:pt-12">
      <h1 className="text-2xl/9 font-bold xs:text-3xl/9 sm:text-4xl">{t("title")}</h1>
      {/* Two lines of a phone whatever the letters, so that nothing moves when the font comes. */}
      <p className="mt-2 min-h-12 text-ink-soft sm:min-h-6">{t("lead")}</p>
      {user ? (
        <Suspense
          fallback={
            <>
              <CampaignListSkeleton {...rendered} />
              {mine(<MyCouponsSkeleton />)}
            </>
          }
        >
          <Prefetched load={(client, { myCoupons }) => [client.prefetchQuery(myCoupons())]}>
            <CampaignList {...rendered} />
            {mine(<MyCoupons />)}
          </Prefetched>
        </Suspense>
      ) : (
        <>
          <CampaignList {...rendered} />
          {mine(
            <Empty title={t("guestTitle")} hint={t("guestHint")}>
              <ButtonLink href="/sign-in?next=/coupons">{t("signIn")}</ButtonLink>
            </Empty>,
          )}
        </>
      )}
    </div>
  );
}
