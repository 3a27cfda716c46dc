import { expect, test } from "vitest";
import {
  productCreateInputSchema,
  productListInputSchema,
  productUpdateInputSchema,
  restockInputSchema,
} from "./schema.ts";

const product = { name: "Barley tea", price: 9_900, stock: 500 };
const accepts = (over: object) =>
  productCreateInputSchema.safeParse({ ...product, ...over }).success;

test("a product needs a name, a price and a stock, and the rest may be left out", () => {
  expect(productCreateInputSchema.parse(product)).toEqual({
    ...product,
    description: "",
    imageUrl: null,
  });
});

test.each([0, 1_000_000_000])("a product may cost %d KRW", (price) => {
  expect(accepts({ price })).toBe(true);
});

test.each([-1, 0.5, Number.NaN, Infinity, 1_000_000_001, "9900", null])(
  "a product cannot cost %j KRW",
  (price) => {
    expect(accepts({ price })).toBe(false);
  },
);

test.each([0, 1_000_000])("there may be %d of a product", (stock) => {
  expect(accepts({ stock })).toBe(true);
});

test.each([-1, 0.5, Number.NaN, 1_000_001])("there cannot be %j of a product", (stock) => {
  expect(accepts({ stock })).toBe(false);
});

test.each(["", "  ", "a\u0000", "\udc00", "x".repeat(201)])(
  "%j is no name of a product",
  (name) => {
    expect(accepts({ name })).toBe(false);
  },
);

test.each(["/products/tea.svg", "https://pictures.example/tea.png?w=1", "http://a.example/b"])(
  "%s can be a product's picture",
  (imageUrl) => {
    expect(accepts({ imageUrl })).toBe(true);
  },
);

test.each([
  "javascript:alert(1)",
  "JAVASCRIPT:alert(1)",
  "data:text/html,<script>",
  "//elsewhere.example/a.png",
  "products/tea.svg",
  "https://a.example/b c",
  "https://a.example/\u0000",
  "/a\njavascript:alert(1)",
  "",
])("%j can be no picture", (imageUrl) => {
  expect(accepts({ imageUrl })).toBe(false);
});

test("an update changes what is sent, and never the stock", () => {
  const update = (over: object) =>
    productUpdateInputSchema.safeParse({ productId: "tea", ...over });
  expect(update({}).data).toEqual({ productId: "tea" });
  expect(update({ price: 1, imageUrl: null }).data).toEqual({
    productId: "tea",
    price: 1,
    imageUrl: null,
  });
  expect(update({ stock: 5 }).success).toBe(false);
  expect(update({ name: " " }).success).toBe(false);
  expect(update({ price: -1 }).success).toBe(false);
});

test.each([1, 1_000_000])("a restock may be of %d", (quantity) => {
  const restock = { productId: "tea", quantity, idempotencyKey: "click-0001" };
  expect(restockInputSchema.parse(restock)).toEqual(restock);
});

test.each([0, -1, 1.5, 1_000_001, Number.NaN])("a restock cannot be of %j", (quantity) => {
  const restock = { productId: "tea", quantity, idempotencyKey: "click-0001" };
  expect(restockInputSchema.safeParse(restock).success).toBe(false);
});

test("the catalogue shows the newest first unless its reader says otherwise", () => {
  expect(productListInputSchema.parse({})).toEqual({ sort: "newest", limit: 20 });
});

test("a search is text of at most 100 characters that PostgreSQL can compare", () => {
  const search = (query: unknown) => productListInputSchema.safeParse({ query }).success;
  expect(["", "%_\\", "항아리", "x".repeat(100)].map(search)).toEqual([true, true, true, true]);
  expect(["\u0000", "\ud800", "x".repeat(101), 5, null].map(search)).not.toContain(true);
});

test("there are three ways to sort the catalogue", () => {
  const sorts = ["newest", "priceAsc", "priceDesc", "popular", "price; drop table products"];
  expect(sorts.map((sort) => productListInputSchema.safeParse({ sort }).success)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
