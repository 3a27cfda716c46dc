"use client";

import type { PricedLine } from "@stampede/core/order/price";
import type { OrderItem } from "@stampede/core/order/schema";
import { useQueries } from "@tanstack/react-query";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";

export interface CartLine extends PricedLine {
  readonly imageUrl: string | null;
}

/** Items with the names, prices and stock of now. `missing` are those the shop no longer has. */
export const useLines = (items: readonly OrderItem[]) => {
  const results = useQueries({
    queries: items.map(({ productId }) => queries.product(productId)),
  });
  const lines: CartLine[] = [];
  const missing: string[] = [];
  for (const [index, { productId, quantity }] of items.entries()) {
    const { data, error } = results[index] ?? {};
    if (data) {
      const { name, price, stock, imageUrl } = data;
      lines.push({ productId, name, unitPrice: price, quantity, available: stock, imageUrl });
    } else if (error && refusalOf(error).reason === "PRODUCT_NOT_FOUND") missing.push(productId);
  }
  return {
    lines,
    missing,
    loading: results.some(({ isPending }) => isPending),
    refetch: () => Promise.all(results.map((result) => result.refetch())),
  };
};
