import type { Product, ProductListInput } from "@stampede/core/product/schema";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addProduct, openTestShop, type TestShop } from "../testing/shop.ts";
import { listProducts, productOf, readRawProducts } from "./products.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const list = (input: Partial<ProductListInput> = {}) =>
  listProducts(shop.db, { sort: "newest", limit: 100, ...input });

const namesOf = (products: readonly Product[]) => products.map(({ name }) => name);

/** All pages of a search, as the names on them. */
const pagesOf = async (input: Partial<ProductListInput>, between?: () => Promise<unknown>) => {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list({ ...input, ...(cursor && { cursor }) });
    pages.push(namesOf(page.items));
    await between?.();
    if (page.nextCursor === null) return pages;
    cursor = page.nextCursor;
  }
};

test("products are read by their ids, and what is no id names nothing (P1)", async () => {
  const [one, two] = [await addProduct(shop, { name: "One", stock: 3 }), await addProduct(shop)];
  const found = await readRawProducts(shop.db, [one, two, one, newId(), "", "x'", "\u0000"]);
  expect([...found.keys()].sort()).toEqual([one, two].sort());
  expect(productOf(found.get(one)!)).toEqual({
    productId: one,
    name: "One",
    description: "",
    price: 1_000,
    stock: 3,
    imageUrl: null,
  });
  expect(await readRawProducts(shop.db, ["no", "ids", "at all"])).toEqual(new Map());
  expect(await readRawProducts(shop.db, [])).toEqual(new Map());
});

const shelf = async (label: string, prices: readonly number[]) => {
  for (const [index, price] of prices.entries())
    await addProduct(shop, {
      name: `${label} ${index}`,
      price,
      createdAt: `2026-11-22T12:00:0${index}.000Z`,
    });
};

test("the catalogue is sorted by age or by price, both ways", async () => {
  await shelf("sorted", [300, 100, 200]);
  const sorted = async (sort: ProductListInput["sort"]) =>
    namesOf((await list({ sort, query: "sorted" })).items);
  expect(await sorted("newest")).toEqual(["sorted 2", "sorted 1", "sorted 0"]);
  expect(await sorted("priceAsc")).toEqual(["sorted 1", "sorted 2", "sorted 0"]);
  expect(await sorted("priceDesc")).toEqual(["sorted 0", "sorted 2", "sorted 1"]);
});

test("pages of products of one price and age have none twice and none missing", async () => {
  const ids = Array.from({ length: 11 }, () => newId()).sort();
  for (const productId of [...ids].reverse())
    await addProduct(shop, { productId, name: `equal ${ids.indexOf(productId)}` });
  await shop.sql`update products set created_at = now() where name like 'equal %'`;
  const ascending = ids.map((_, index) => `equal ${index}`);
  for (const limit of [1, 4, 10, 11, 12]) {
    const sorted = async (sort: ProductListInput["sort"]) =>
      (await pagesOf({ sort, limit, query: "equal" })).flat();
    expect(await sorted("priceAsc")).toEqual(ascending);
    expect(await sorted("priceDesc")).toEqual([...ascending].reverse());
    expect(await sorted("newest")).toEqual([...ascending].reverse());
  }
});

test("a page that is exactly full has no page after it", async () => {
  await shelf("full", [1, 2]);
  for (const sort of ["newest", "priceAsc", "priceDesc"] as const) {
    expect(await pagesOf({ sort, limit: 2, query: "full" })).toHaveLength(1);
    expect(await pagesOf({ sort, limit: 1, query: "full" })).toHaveLength(2);
  }
});

test("who turns the pages while products are added sees each earlier one once", async () => {
  await shelf("earlier", [10, 20, 30, 40, 50]);
  for (const sort of ["newest", "priceAsc", "priceDesc"] as const) {
    const adding = () => addProduct(shop, { name: "earlier, but added", price: 25 });
    const pages = await pagesOf({ sort, limit: 2, query: "earlier" }, adding);
    const seen = pages.flat().filter((name) => name !== "earlier, but added");
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4].map((index) => `earlier ${index}`));
    await shop.sql`update products set name = 'gone' where name = 'earlier, but added'`;
  }
});

test("a search finds its text in name and description, in any case", async () => {
  await addProduct(shop, { name: "보름 달항아리" });
  const described = await addProduct(shop, { name: "Plain" });
  await shop.sql`
    update products set description = 'A MOON jar of Porcelain' where product_id = ${described}`;
  const found = async (query: string) => namesOf((await list({ query })).items);
  expect(await found("달항")).toEqual(["보름 달항아리"]);
  expect(await found("moon JAR")).toEqual(["Plain"]);
  expect(await found("  porcelain ")).toEqual(["Plain"]);
  expect(await found("no such thing")).toEqual([]);
});

test("% _ and \\ in a search are characters like others", async () => {
  const names = ["100% cotton", "100 percent", "snake_case", "snakeXcase", "back\\slash", "a'b\"c"];
  for (const name of names) await addProduct(shop, { name });
  const found = async (query: string) => namesOf((await list({ query })).items).sort();
  expect(await found("100%")).toEqual(["100% cotton"]);
  expect(await found("%")).toEqual(["100% cotton"]);
  expect(await found("snake_")).toEqual(["snake_case"]);
  expect(await found("_")).toEqual(["snake_case"]);
  expect(await found("\\")).toEqual(["back\\slash"]);
  expect(await found("\\%")).toEqual([]);
  expect(await found("'b\"")).toEqual(["a'b\"c"]);
  expect(await found("' or true --")).toEqual([]);
});

test("a search for nothing finds everything", async () => {
  const everything = (await list()).items.length;
  expect((await list({ query: "" })).items).toHaveLength(everything);
  expect((await list({ query: "   " })).items).toHaveLength(everything);
});
