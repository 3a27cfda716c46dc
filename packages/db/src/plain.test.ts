import { sql } from "drizzle-orm";
import postgres from "postgres";
import { expect, test } from "vitest";
import { isConnectionFailure } from "./errors.ts";
import { openPlain } from "./plain.ts";
import { createTestDatabase } from "./testing/database.ts";

test("statements are answered side by side, each caller its own, and rows in Drizzle's form", async () => {
  await using database = await createTestDatabase();
  const { db, close } = openPlain(database.url, 3);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_none, n) => db.execute<{ n: number }>(sql`select ${n}::int as n`)),
  );
  expect(answers.map(([row]) => row!.n)).toEqual(answers.map((_rows, n) => n));
  await close();
});

test("however often its backends are killed, it answers again at once", async () => {
  await using database = await createTestDatabase();
  const { db, close } = openPlain(database.url, 6);
  const admin = postgres(database.url, { max: 1, onnotice: () => {} });
  const ask = () => db.execute(sql`select pg_sleep(0.02)`).then(() => "answered");

  for (let round = 0; round < 8; round++) {
    const asked = Promise.allSettled(Array.from({ length: 40 }, ask));
    await admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'stampede plain'`;
    // Who was under way hears of a lost connection, which the edge calls "come again".
    for (const each of await asked)
      if (each.status === "rejected") expect(isConnectionFailure(each.reason)).toBe(true);
    const next = await Promise.allSettled(Array.from({ length: 12 }, ask));
    const lost = next.filter(({ status }) => status === "rejected");
    // A connection that died unseen fails its first user; each of the six can do so once.
    expect(lost.length).toBeLessThanOrEqual(6);
    expect(await Promise.all(Array.from({ length: 40 }, ask))).toEqual(Array(40).fill("answered"));
  }
  await admin.end();
  await close();
});
