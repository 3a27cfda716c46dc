import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { runAudit } from "@stampede/db/audit";
import { backUp, restore } from "@stampede/db/backup";
import { createTestDatabase } from "@stampede/db/testing/database";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi } from "../support/api-process.ts";
import { createClient, newKey } from "../support/client.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* A backup that was never restored is none. */

let shop: Shop;
let folder: string;
beforeAll(async () => {
  shop = await startShop();
  folder = await mkdtemp(join(tmpdir(), "stampede-backup-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await shop[Symbol.asyncDispose]();
});

/** Every table's rows, whatever their order. */
const contents = async (url: string) => {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const tables = await sql<{ name: string }[]>`
      select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
    const sums: Record<string, unknown> = {};
    for (const { name } of tables) {
      const [row] = await sql.unsafe(`select count(*)::int as rows, md5(string_agg(t::text, '|' order by t::text)) as sum from ${name} t`);
      sums[name] = [row!["rows"], row!["sum"]];
    }
    return sums;
  } finally {
    await sql.end();
  }
};

test("taken in the middle of a rush and restored, the books add up and a shop runs on it", async () => {
  const people = await shop.shoppers(30, 100_000_000);
  const { productId } = await shop.product({ price: 300, stock: 100_000, description: "tab\t, newline\n, \\. and \\N" });
  let rushing = true;
  const orders = new Map<string, { key: string; orderId: string; token: string }>();
  const rush = people.map(async ({ api, token }) => {
    while (rushing) {
      const key = newKey();
      const placed = await api.order.place.mutate({ items: [{ productId, quantity: 1 }], idempotencyKey: key });
      orders.set(placed.orderId, { key, orderId: placed.orderId, token });
    }
  });
  while (orders.size < 100) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = [...orders.values()];
  const file = join(folder, "rush.backup");
  await backUp(shop.databaseUrl, file);
  const during = orders.size;
  rushing = false;
  await Promise.all(rush);
  // It held nobody up: orders went on while it was taken.
  expect(during).toBeGreaterThan(before.length);

  await using copy = await createTestDatabase();
  expect(await restore(copy.url, file)).toBeGreaterThan(500);
  const audit = await runAudit(copy.url);
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);

  // A shop starts on it, and knows every order that was there, by its key too.
  const api = await startApi(shop.http, { DATABASE_URL: copy.url });
  for (const { key, orderId, token } of before.slice(0, 10)) {
    const again = createClient(shop.http, api.url, token).order.place;
    const items = [{ productId, quantity: 1 }];
    expect((await again.mutate({ items, idempotencyKey: key })).orderId).toBe(orderId);
  }
  await api.stop();
  expect((await runAudit(copy.url)).ok).toBe(true);
});

test("at rest it is the same, row for row", async () => {
  await shop.logWritten();
  // The worker moves the popularity's window once a second.
  await shop.apis[0]!.stop();
  const file = join(folder, "rest.backup");
  await backUp(shop.databaseUrl, file);
  await using copy = await createTestDatabase();
  await restore(copy.url, file);
  expect(await contents(copy.url)).toEqual(await contents(shop.databaseUrl));
});

test("a file that is not whole, not ours, or of another version restores nothing", async () => {
  const whole = join(folder, "whole.backup");
  await backUp(shop.databaseUrl, whole);
  const text = gunzipSync(await readFile(whole)).toString();
  const wrong = {
    cut: [text.slice(0, text.length / 2), /not whole/],
    foreign: ['{"format":"something else"}\n', /no backup/],
    old: [text.replace(/"migrations":\d+/, '"migrations":1'), /restore it with that version/],
  } as const;
  await using copy = await createTestDatabase();
  const empty = await contents(copy.url);
  for (const [name, [broken, sentence]] of Object.entries(wrong)) {
    const file = join(folder, name);
    await writeFile(file, gzipSync(broken));
    await expect(restore(copy.url, file), name).rejects.toThrow(sentence);
    expect(await contents(copy.url), name).toEqual(empty);
  }
  await expect(restore(shop.databaseUrl, whole)).rejects.toThrow("not empty");
});
