import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { readUser } from "@/features/account/session";
import { SignInFirst } from "@/features/account/sign-in-first";
import { Receipt, ReceiptSkeleton } from "@/features/order/receipt";
import { refusalOf } from "@/lib/refusal";
import type { PageProps } from "@/lib/page-props";
import { personalApi } from "@/trpc/server";

export const generateMetadata = async () => {
  const t = await getTranslations("order");
  return { title: t("receipt"), robots: { index: false } };
};

const readOrder = async (orderId: string) => {
  try {
    return await (await personalApi()).order.byId.query({ orderId });
  } catch (error) {
    if (refusalOf(error).reason === "ORDER_NOT_FOUND") return null;
    throw error;
  }
};

export default async function ReceiptPage({
  params,
  searchParams,
}: PageProps<{ orderId: string }>) {
  const { orderId } = await params;
  if (!(await readUser()))
    return (
      <div className="page pt-12">
        <SignInFirst next={`/orders/${orderId}`} />
      </div>
    );
  const placed = "placed" in (await searchParams);
  return (
    <Suspense fallback={<ReceiptSkeleton placed={placed} />}>
      <MyReceipt orderId={orderId} placed={placed} />
    </Suspense>
  );
}

const MyReceipt = async ({ orderId, placed }: { orderId: string; placed: boolean }) => {
  const order = await readOrder(orderId);
  if (!order) notFound();
  return <Receipt order={order} placed={placed} />;
};
