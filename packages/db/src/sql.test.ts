import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { products } from "./schema/products.ts";
import { columnName, recordset, uuidArray } from "./sql.ts";
import { openTestShop, type TestShop } from "./testing/shop.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const [one, two] = [
  "019abc00-0000-7000-8000-000000000001",
  "019abc00-0000-7000-8000-000000000002",
];

test("an array of ids is without doubles, and without what is no id", () => {
  expect(uuidArray([two, one, two, "", "}", "x", one.toUpperCase(), `${one},${two}`])).toBe(
    `{${two},${one}}`,
  );
  expect(uuidArray([])).toBe("{}");
});

test("rows come out of a recordset as they went in, whatever is in them", async () => {
  const name = `"quoted" 'twice' \\ back\\slash {braces} [1,2] null \t\n é 🧶`;
  const rows = [
    { productId: one, name, price: 9_007_199_254_740_991, imageUrl: null },
    { productId: two, name: "", price: 0, imageUrl: "/x.svg" },
  ];
  const fields = ["productId", "name", "price", "imageUrl"];
  const found = await shop.db.execute(sql`select * from ${recordset(products, fields, rows)}`);
  expect(found).toEqual(rows.map((row) => ({ ...row, price: String(row.price) })));
});

test("a recordset of no rows has none", async () => {
  const none = recordset(products, ["name"], []);
  expect(await shop.db.execute(sql`select * from ${none}`)).toEqual([]);
});

test("a column is named as the schema names it", async () => {
  const [row] = await shop.db.execute(sql`select 1 as ${columnName("issuedCouponId")}`);
  expect(row).toEqual({ issued_coupon_id: 1 });
});
