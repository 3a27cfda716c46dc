"use client";

import { useTranslations } from "next-intl";
import { Badge } from "@/ui/badge";

/** Below this many a product is "nearly gone": about what one screen of shoppers can take at once. */
export const lowStock = 10;

/** Says only what changes a decision: nearly gone, or gone. */
export const StockBadge = ({ stock }: { stock: number }) => {
  const t = useTranslations("product");
  if (stock === 0) return <Badge tone="plain">{t("soldOut")}</Badge>;
  if (stock <= lowStock) return <Badge tone="warn">{t("onlyLeft", { stock })}</Badge>;
  return null;
};
