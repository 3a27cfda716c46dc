import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { readUser } from "@/features/account/session";
import { CheckoutView } from "@/features/checkout/checkout-view";
import type { PageProps } from "@/lib/page-props";

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
  if (!(await readUser())) {
    const here = direct
      ? `/checkout?product=${encodeURIComponent(direct.productId)}&quantity=${direct.quantity}`
      : "/checkout";
    redirect(`/sign-in?next=${encodeURIComponent(here)}`);
  }
  const t = await getTranslations("checkout");
  return (
    <div className="page pt-8 sm:pt-12">
      <h1 className="mb-6 text-3xl font-bold sm:text-4xl">{t("title")}</h1>
      <CheckoutView direct={direct} />
    </div>
  );
}
