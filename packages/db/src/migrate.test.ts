import postgres from "postgres";
import { expect, test } from "vitest";
import { migrateDatabase, requireSupportedServer, versionRefusal } from "./migrate.ts";
import { createTestDatabase } from "./testing/database.ts";

test("several processes may migrate an empty database at once", async () => {
  await using database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql.unsafe("drop schema public cascade; drop schema drizzle cascade; create schema public");

  await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(database.url)));

  const [row] = await sql`
    select count(*)::int - count(distinct hash)::int as doubles from drizzle.__drizzle_migrations`;
  expect(row?.["doubles"]).toBe(0);
  expect(await sql`select 1 from users`).toHaveLength(0);
  await sql.end();
});

test("a second migration changes nothing", async () => {
  await using database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1 });
  const before = await sql`select * from drizzle.__drizzle_migrations`;
  await migrateDatabase(database.url);
  expect(await sql`select * from drizzle.__drizzle_migrations`).toEqual(before);
  await sql.end();
});

test.each([
  [149_999, "14.20", "The database is PostgreSQL 14.20; Stampede needs 15 or newer."],
  [150_000, "15.0", undefined],
  [180_004, "18.4", undefined],
])("PostgreSQL %i", (number, name, refusal) => {
  expect(versionRefusal(number, name)).toBe(refusal);
});

test("a database that cannot be used is told in one sentence, without its password", async () => {
  await using database = await createTestDatabase();
  const missing = Object.assign(new URL(database.url), { pathname: "/missing" }).href;
  await expect(requireSupportedServer(missing)).rejects.toThrow(
    new Error(
      'The database cannot be used (database "missing" does not exist); check DATABASE_URL.',
    ),
  );
});
