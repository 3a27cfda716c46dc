import type { OrderItem } from "@stampede/core/order/schema";

/** The checkout's address: of one product bought at once, or of the cart. */
export const checkoutHref = (direct: OrderItem | null): string =>
  direct
    ? `/checkout?${new URLSearchParams({ product: direct.productId, quantity: String(direct.quantity) })}`
    : "/checkout";
