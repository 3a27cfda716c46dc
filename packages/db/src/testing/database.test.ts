import postgres from "postgres";
import { expect, test } from "vitest";
import { createTestDatabase } from "./database.ts";

test("each has the schema, and nothing of the others", async () => {
  const databases = await Promise.all(Array.from({ length: 6 }, createTestDatabase));
  const clients = databases.map(({ url }) => postgres(url, { max: 1 }));
  expect(new Set(databases.map(({ name }) => name)).size).toBe(6);
  await clients[0]?.unsafe("create table only_here ()");
  for (const client of clients.slice(1)) {
    const [row] = await client`
      select to_regclass('only_here') is null as alone, to_regclass('wallets') is not null as shop`;
    expect(row).toEqual({ alone: true, shop: true });
  }
  await Promise.all(clients.map((client) => client.end()));
  for (const database of databases) await database[Symbol.asyncDispose]();
});

test("it goes although somebody still uses it", async () => {
  const database = await createTestDatabase();
  const client = postgres(database.url, { max: 1, onclose: () => {} });
  await client`select 1`;
  await database[Symbol.asyncDispose]();
  await expect(client`select 1`).rejects.toThrow();
  await client.end({ timeout: 0 });
});
