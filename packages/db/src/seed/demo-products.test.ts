import { existsSync } from "node:fs";
import { productCreateInputSchema } from "@stampede/core/product/schema";
import { expect, test } from "vitest";
import { demoProducts } from "./demo-products.ts";

const pictures = new URL("../../../../apps/web/public", import.meta.url);

test("the demo shop has at least 24 products, no two alike", () => {
  expect(demoProducts.length).toBeGreaterThanOrEqual(24);
  expect(new Set(demoProducts.map(({ slug }) => slug)).size).toBe(demoProducts.length);
  expect(new Set(demoProducts.map(({ name }) => name)).size).toBe(demoProducts.length);
});

const named = demoProducts.map(({ slug, ...product }) => [slug, product] as const);

test.each(named)("%s could have been registered by hand", (_slug, product) => {
  expect(productCreateInputSchema.parse(product)).toEqual(product);
  expect(product.stock).toBeGreaterThan(0);
});

test.each(named)("%s has its picture", (_slug, { imageUrl }) => {
  expect(existsSync(new URL(`.${imageUrl}`, `${pictures.href}/`))).toBe(true);
});
