import { getTranslations } from "next-intl/server";
import { CartView } from "@/features/cart/cart-view";

export const generateMetadata = async () => {
  const t = await getTranslations("cart");
  return { title: t("title"), robots: { index: false } };
};

export default async function CartPage() {
  const t = await getTranslations("cart");
  return (
    <div className="page pt-8 sm:pt-12">
      <h1 className="mb-6 text-3xl font-bold sm:text-4xl">{t("title")}</h1>
      <CartView />
    </div>
  );
}
