import { discountOf, type Discount } from "../coupon/discount.ts";
import type { ProductRow } from "../decision.ts";
import type { Krw } from "../money.ts";
import type { ShortLine } from "../refusals.ts";
import type { OrderItem } from "./schema.ts";

/** A product of an order with all that is wanted of it; items of the same product are one line. */
export interface PricedLine {
  readonly productId: string;
  readonly name: string;
  readonly unitPrice: Krw;
  readonly quantity: number;
  readonly available: number;
}

export interface OrderPrice {
  readonly totalAmount: Krw;
  readonly discountAmount: Krw;
  readonly paidAmount: Krw;
}

type PricedProduct = Pick<ProductRow, "productId" | "name" | "price" | "stock">;

/**
 * The lines of an order in the order they were first named; `undefined` when a product is unknown.
 * Lines of the same product count together, for stock as for price.
 */
export const mergeItems = (
  items: readonly OrderItem[],
  products: ReadonlyMap<string, PricedProduct>,
): readonly PricedLine[] | undefined => {
  const quantityByProductId = new Map<string, number>();
  for (const { productId, quantity } of items)
    quantityByProductId.set(productId, (quantityByProductId.get(productId) ?? 0) + quantity);

  const lines: PricedLine[] = [];
  for (const [productId, quantity] of quantityByProductId) {
    const product = products.get(productId);
    if (!product) return undefined;
    const { name, price, stock } = product;
    lines.push({ productId, name, unitPrice: price, quantity, available: stock });
  }
  return lines;
};

/** Every line that asks for more than there is, all at once. */
export const shortLines = (lines: readonly PricedLine[]): readonly ShortLine[] =>
  lines
    .filter(({ quantity, available }) => quantity > available)
    .map(({ productId, quantity, available }) => ({ productId, requested: quantity, available }));

/** The one price function: the cart in the browser and the payment on the server both use it. */
export const priceOrder = (
  lines: readonly Pick<PricedLine, "unitPrice" | "quantity">[],
  discount?: Discount,
): OrderPrice => {
  const totalAmount = lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
  const discountAmount = discount ? discountOf(discount, totalAmount) : 0;
  return { totalAmount, discountAmount, paidAmount: totalAmount - discountAmount };
};
