import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAudit } from "../audit.ts";
import { productOf, readRawProducts } from "../read/products.ts";
import {
  addUser,
  charge,
  openTestShop,
  order,
  run,
  type TestShop,
} from "../testing/shop.ts";
import { createProduct, updateProduct } from "./products.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const tea = { name: "Tea", description: "Roasted.", price: 9_900, stock: 5, imageUrl: "/tea.svg" };
const create = (productId: string, over: Partial<typeof tea> = {}) =>
  shop.transactions.run((tx) => createProduct(tx, productId, { ...tea, ...over }));
const update = (changes: Parameters<typeof updateProduct>[1]) =>
  shop.transactions.run((tx) => updateProduct(tx, changes));
const read = async (productId: string) => {
  const row = (await readRawProducts(shop.db, [productId])).get(productId);
  return row && productOf(row);
};

test("a product is registered with its first stock in the books", async () => {
  const productId = newId();
  expect(await create(productId)).toEqual({ productId, ...tea });
  expect(await read(productId)).toEqual({ productId, ...tea });
  expect(
    await shop.sql`
      select reason, quantity::int from stock_entries where product_id = ${productId}`,
  ).toEqual([{ reason: "INITIAL", quantity: 5 }]);
  await create(newId(), { stock: 0 });
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
});

test("an update changes what it names and nothing else, and never the stock", async () => {
  const productId = newId();
  await create(productId);
  expect(await update({ productId, price: 0 })).toEqual({ productId, ...tea, price: 0 });
  expect(await update({ productId, name: "Finer tea", description: "" })).toEqual({
    productId,
    ...tea,
    name: "Finer tea",
    description: "",
    price: 0,
  });
  expect(await update({ productId, name: undefined })).toMatchObject({ name: "Finer tea" });
});

test("an update of nothing answers the product as it is", async () => {
  const productId = newId();
  await create(productId);
  expect(await update({ productId })).toEqual({ productId, ...tea });
});

test("a picture can be taken away", async () => {
  const productId = newId();
  await create(productId);
  expect(await update({ productId, imageUrl: null })).toMatchObject({ imageUrl: null });
});

test.each([newId(), "unknown", "'; drop table products; --", "\u0000"])(
  "an update of %j, which is no product, changes nothing",
  async (productId) => {
    expect(await update({ productId, price: 1 })).toBeUndefined();
  },
);

test("a change of the price in the middle of sales loses neither price nor stock", async () => {
  const productId = newId();
  await create(productId, { stock: 100, price: 1 });
  const userId = await addUser(shop);
  await run(shop, charge(userId, 1_000_000));
  await Promise.all(
    Array.from({ length: 40 }, (_, turn) =>
      turn % 4 === 0
        ? update({ productId, price: turn })
        : run(shop, order(userId, [{ productId, quantity: 1 }])),
    ),
  );
  await update({ productId, price: 77 });
  expect(await read(productId)).toEqual({ productId, ...tea, price: 77, stock: 70 });
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
});
