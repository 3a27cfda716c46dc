import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { products } from "./schema/products.ts";
import { sentTogether } from "./sent-together.ts";
import { oncePerDatabase, writtenOnce } from "./statement.ts";
import { openTestShop, type TestShop } from "./testing/shop.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

test("places are filled in by their names, as often as they are there, in any order", async () => {
  const statement = writtenOnce(sql`
    select ${sql.placeholder("b")}::int as b, ${sql.placeholder("a")}::text as a, ${sql.placeholder("b")}::int + 1 as more
  `);
  const [first] = await statement(shop.db, { a: "$1 ' ;", b: 1 });
  const [second] = await statement(shop.db, { b: 2, a: null });
  expect([first, second]).toEqual([
    { b: 1, a: "$1 ' ;", more: 2 },
    { b: 2, a: null, more: 3 },
  ]);
});

test("a value that is no place stays", async () => {
  const statement = writtenOnce(sql`select ${5}::int as five, ${sql.placeholder("n")}::int as n`);
  expect(await statement(shop.db, { n: 1 })).toEqual([{ five: 5, n: 1 }]);
  await expect(statement(shop.db, {})).rejects.toThrow('No value for placeholder "n" was provided');
});

test("columns are named as everywhere else, and a statement needs no places", async () => {
  const statement = writtenOnce(sql`select count(${products.productId})::int as count from ${products}`);
  expect(await statement(shop.db)).toEqual([{ count: 0 }]);
});

test("it runs in transactions, in each on its own", async () => {
  const statement = writtenOnce(sql`select ${sql.placeholder("n")}::int as n, pg_current_xact_id()::text as transaction`);
  const run = (n: number) => shop.transactions.run((tx) => statement(tx, { n }));
  const [[first], [second]] = [await run(1), await run(2)];
  expect([first!["n"], second!["n"]]).toEqual([1, 2]);
  expect(first!["transaction"]).not.toBe(second!["transaction"]);
});

test("it is sent in its turn, like Drizzle's own: what is asked for first is sent first", async () => {
  const statement = writtenOnce(sql`select clock_timestamp()::text as at`);
  const times = await shop.transactions.run(async (tx) => {
    const drizzles = () => tx.execute(sql`select clock_timestamp()::text as at`);
    const answers = await sentTogether([drizzles(), statement(tx), drizzles(), statement(tx)]);
    return answers.map(([row]) => row!["at"] as string);
  });
  expect(times).toEqual(times.toSorted());
});

test("what is made of a database is made once for each", async () => {
  let made = 0;
  const make = oncePerDatabase(() => ++made);
  await using other = await openTestShop();
  expect([make(shop.db), make(shop.db), make(other.db), make(shop.db)]).toEqual([1, 1, 2, 1]);
});
