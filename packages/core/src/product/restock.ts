import type { Command, Decision, CommandRequest, Rows } from "../decision.ts";
import type { RefusalOf } from "../refusals.ts";
import { err, ok, type Result } from "../result.ts";
import type { Product, RestockInput } from "./schema.ts";

/** Puts more of a product in stock, and remembers how much was put in. */
export const decideRestock = (
  rows: Pick<Rows, "products">,
  { operationId, at, input: { productId, quantity } }: CommandRequest<RestockInput>,
): Result<Decision<Product>, RefusalOf<"PRODUCT_NOT_FOUND">> => {
  const product = rows.products.get(productId);
  if (!product) return err({ reason: "PRODUCT_NOT_FOUND" });

  const restocked = { ...product, stock: product.stock + quantity };
  return ok({
    writes: {
      products: [restocked],
      newStockEntries: [
        { operationId, productId, reason: "RESTOCK", quantity, createdAt: at },
      ],
    },
    reply: restocked,
  });
};

export const restockProduct: Command<RestockInput, Product> = {
  name: "admin.product.restock",
  touches: (_actorId, { productId }) => ({ products: [productId] }),
  decide: decideRestock,
};
