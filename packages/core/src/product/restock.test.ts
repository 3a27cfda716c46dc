import { expect, test } from "vitest";
import { aProduct, aShop, noon } from "../testing/shop.ts";
import { decideRestock, restockProduct } from "./restock.ts";

const restock = (productId: string, quantity: number) =>
  decideRestock(aShop({ products: [aProduct({ stock: 2 })] }), {
    actorId: "admin",
    operationId: "restock-1",
    at: noon,
    input: { productId, quantity },
  });

test("a restock adds to the stock and remembers what was put in", () => {
  const restocked = aProduct({ stock: 32 });
  expect(restock("tea", 30)).toEqual({
    ok: true,
    value: {
      writes: {
        products: [restocked],
        newStockEntries: [
          {
            operationId: "restock-1",
            productId: "tea",
            reason: "RESTOCK",
            quantity: 30,
            createdAt: noon,
          },
        ],
      },
      reply: restocked,
    },
  });
});

test("an unknown product cannot be restocked", () => {
  expect(restock("unknown", 1)).toEqual({ ok: false, error: { reason: "PRODUCT_NOT_FOUND" } });
});

test("a restock touches its product and no wallet", () => {
  expect(restockProduct.name).toBe("admin.product.restock");
  expect(restockProduct.touches("admin", { productId: "tea", quantity: 1 })).toEqual({
    products: ["tea"],
  });
});
