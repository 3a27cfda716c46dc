import { notFound } from "next/navigation";
import { cache } from "react";
import { ProductView } from "@/features/catalog/product-view";
import { refusalOf } from "@/lib/refusal";
import type { PageProps } from "@/lib/page-props";
import { publicApi } from "@/trpc/server";

const readProduct = cache(async (productId: string) => {
  try {
    return await publicApi().product.byId.query({ productId });
  } catch (error) {
    if (refusalOf(error).reason === "PRODUCT_NOT_FOUND") return null;
    throw error;
  }
});

export const generateMetadata = async ({ params }: PageProps<{ productId: string }>) => {
  const product = await readProduct((await params).productId);
  if (!product) return {};
  return {
    title: product.name,
    description: product.description.split("\n")[0] || product.name,
    openGraph: { title: product.name, ...(product.imageUrl && { images: [product.imageUrl] }) },
  };
};

export default async function ProductPage({ params }: PageProps<{ productId: string }>) {
  const product = await readProduct((await params).productId);
  if (!product) notFound();
  return <ProductView initial={product} />;
}
