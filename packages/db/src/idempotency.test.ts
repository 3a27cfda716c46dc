import { sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { applyWrites } from "./apply.ts";
import { keyText, readKeys, type IdempotencyRow, type KeyId } from "./idempotency.ts";
import { openTestShop, type TestShop } from "./testing/shop.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const userId = newId();
const aKey = (over: Partial<IdempotencyRow> = {}): IdempotencyRow => ({
  userId,
  procedure: "wallet.charge",
  key: "click-0001",
  fingerprint: "the input's",
  operationId: newId(),
  reply: "{}",
  createdAt: "2026-11-22T12:00:00.000Z",
  ...over,
});

const bind = (...idempotencyKeys: IdempotencyRow[]) =>
  shop.transactions.run((tx) => applyWrites(tx, { idempotencyKeys }));
const read = (...keys: KeyId[]) => shop.transactions.run((tx) => readKeys(tx, keys));

test("a bound key answers what it was bound to, character for character", async () => {
  const reply = '{ "b": 1,\t"a": "é \\u00e9 🧶 \\" \\\\ \\n",  "a": 2.0 }';
  const key = aKey({ key: "exact-reply", reply, fingerprint: "'\"\\{}" });
  await bind(key);
  const { bound } = await read(key);
  const { fingerprint, operationId } = key;
  expect([...bound.keys()]).toEqual([keyText(key)]);
  expect(bound.get(keyText(key))).toMatchObject({ fingerprint, operationId, reply });
});

test("a key belongs to one user and one procedure", async () => {
  const key = aKey({ key: "mine-alone" });
  await bind(key);
  const others = [
    { ...key, userId: newId() },
    { ...key, procedure: "order.place" },
    { ...key, key: "mine-alonE" },
  ];
  expect((await read(...others)).bound.size).toBe(0);
  expect([...(await read(...others, key)).bound.keys()]).toEqual([keyText(key)]);
});

test("as many keys as a group has are read at once, each for itself", async () => {
  const keys = Array.from({ length: 300 }, (_, index) => aKey({ key: `group-${index}` }));
  await bind(...keys.filter((_, index) => index % 3 === 0));
  const { bound } = await read(...keys);
  expect(bound.size).toBe(100);
  for (const [index, key] of keys.entries())
    expect(bound.get(keyText(key))?.operationId).toBe(index % 3 ? undefined : key.operationId);
});

test("without keys there is still the time", async () => {
  const { at, bound } = await read();
  expect(bound.size).toBe(0);
  expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("the time is the clock's at the reading, not the transaction's beginning", async () => {
  const [early, late, [clock]] = await shop.transactions.run(async (tx) => [
    await readKeys(tx, []),
    await tx.execute(sql`select pg_sleep(0.02)`).then(() => readKeys(tx, [])),
    await tx.execute<{ later: boolean }>(sql`select clock_timestamp() > now() as later`),
  ]);
  expect(Date.parse(late.at) - Date.parse(early.at)).toBeGreaterThanOrEqual(19);
  expect(clock).toEqual({ later: true });
});

test("a process whose clock is wrong tells the database's time all the same", async () => {
  const before = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: before + 26 * 60 * 60 * 1_000 });
  const { at } = await read().finally(() => vi.useRealTimers());
  expect(Math.abs(Date.parse(at) - before)).toBeLessThan(60 * 60 * 1_000);
});

test("two that bind one key at once: the second fails on the key of the table", async () => {
  const key = aKey({ key: "only-once" });
  const outcomes = await Promise.allSettled([bind(key), bind({ ...key, operationId: newId() })]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect((await read(key)).bound.size).toBe(1);
});
