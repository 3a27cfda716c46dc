import { isId } from "@stampede/core/ids";
import type { Product, ProductCreateInput, ProductUpdateInput } from "@stampede/core/product/schema";
import { toInstant } from "@stampede/core/time";
import { eq, sql } from "drizzle-orm";
import { productColumns } from "../read/products.ts";
import { products, stockEntries } from "../schema/products.ts";
import type { Transaction } from "../transactions.ts";

/** Registers a product; its first stock is an entry like every later one. */
export const createProduct = async (
  tx: Transaction,
  productId: string,
  input: ProductCreateInput,
): Promise<Product> => {
  const at = await databaseClock(tx);
  const [product] = await tx
    .insert(products)
    .values({ productId, ...input, createdAt: at })
    .returning(productColumns);
  await tx.insert(stockEntries).values({
    operationId: productId,
    productId,
    reason: "INITIAL",
    quantity: input.stock,
    createdAt: at,
  });
  return product!;
};

/** Changes what is said of a product, never its stock; `undefined` when there is no such product. */
export const updateProduct = async (
  tx: Transaction,
  { productId, ...changes }: ProductUpdateInput,
): Promise<Product | undefined> => {
  if (!isId(productId)) return undefined;
  const [product] = await tx
    .update(products)
    // A column set to itself: an update of nothing answers the product as it is.
    .set({ productId: sql`${products.productId}`, ...changes })
    .where(eq(products.productId, productId))
    .returning(productColumns);
  return product;
};

const databaseClock = async (tx: Transaction) => {
  const [row] = await tx.execute<{ at: string }>(sql`select now() as at`);
  return toInstant(row!.at);
};
