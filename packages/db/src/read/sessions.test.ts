import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addUser, openTestShop, type TestShop } from "../testing/shop.ts";
import { readEndedSessions, readSessions } from "./sessions.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const signIn = async (userId: string, token: string, lasts = "1 day") => {
  await shop.sql`
    insert into sessions (id, user_id, token, expires_at)
    values (${newId()}, ${userId}, ${token}, now() + ${lasts}::interval)`;
  return token;
};

test("a token speaks for its user, with the role of this moment", async () => {
  const userId = await addUser(shop);
  const token = await signIn(userId, "token-of-a-shopper");
  expect(await readSessions(shop.db, [token])).toEqual(
    new Map([[token, { token, userId, role: "shopper" }]]),
  );
  await shop.sql`update users set role = 'admin' where id = ${userId}`;
  expect(await readSessions(shop.db, [token])).toEqual(
    new Map([[token, { token, userId, role: "admin" }]]),
  );
});

test("many tokens are read at once, each for itself", async () => {
  const pairs: [string, string][] = [];
  for (let made = 0; made < 20; made++) {
    const userId = await addUser(shop);
    pairs.push([await signIn(userId, `many-${made}`), userId]);
  }
  const tokens = ["unknown", ...pairs.map(([token]) => token), "many-0"];
  const found = await readSessions(shop.db, tokens);
  expect([...found].map(([token, { userId }]) => [token, userId]).sort()).toEqual(pairs.sort());
  expect(await readSessions(shop.db, [])).toEqual(new Map());
});

test("a session that has expired, or was ended, speaks for nobody", async () => {
  const userId = await addUser(shop);
  const [over, ended] = [await signIn(userId, "over", "0"), await signIn(userId, "ended")];
  await shop.sql`delete from sessions where token = ${ended}`;
  expect(await readSessions(shop.db, [over, ended])).toEqual(new Map());
});

test("of sessions that were valid, those that expired, were ended or whose user is gone are told", async () => {
  const [userId, leaver] = [await addUser(shop), await addUser(shop)];
  const [good, over, ended, left] = [
    await signIn(userId, 'it is "good"'),
    await signIn(userId, "it is over", "0"),
    await signIn(userId, "it was ended"),
    await signIn(leaver, "it was a leaver's"),
  ];
  await shop.sql`delete from sessions where token = ${ended}`;
  await shop.sql`delete from wallets where user_id = ${leaver}`;
  await shop.sql`delete from users where id = ${leaver}`;
  const endedOf = (tokens: readonly string[]) => shop.transactions.run((tx) => readEndedSessions(tx, tokens));
  expect(await endedOf([good, over, ended, good, left])).toEqual(new Set([over, ended, left]));
  expect(await endedOf([good])).toEqual(new Set());
  expect(await endedOf([])).toEqual(new Set());
});

test("a token whose user is gone speaks for nobody", async () => {
  const userId = await addUser(shop);
  const token = await signIn(userId, "whose-user-is-gone");
  await shop.sql`delete from wallets where user_id = ${userId}`;
  await shop.sql`delete from users where id = ${userId}`;
  expect(await readSessions(shop.db, [token])).toEqual(new Map());
});

const odd = [
  "",
  '"',
  '""',
  "\\",
  '\\"',
  "{}",
  "a,b",
  "null",
  "NULL",
  "' or true --",
  "%",
  "_",
  " ",
  "\n",
  "é 🧶 열쇠",
  "x".repeat(10_000),
];

test.each(odd)("the token %j is a token like others: unknown, or somebody's", async (token) => {
  const userId = await addUser(shop);
  expect(await readSessions(shop.db, [token])).toEqual(new Map());
  if (token.length > 2_000) return;
  await signIn(userId, token);
  expect(await readSessions(shop.db, [token])).toEqual(
    new Map([[token, { token, userId, role: "shopper" }]]),
  );
  await shop.sql`delete from sessions where token = ${token}`;
});

test("odd tokens spoil nothing for those whose tokens are read with them", async () => {
  const userId = await addUser(shop);
  const token = await signIn(userId, "an-honest-token");
  const found = await readSessions(shop.db, [...odd, token, '","', "},{", "\ud800"]);
  expect([...found.keys()]).toEqual([token]);
});

test.each(["\u0000", "\u0000an-honest-token", "an-honest-token\u0000", "a\u0000b"])(
  "a token with NUL, which PostgreSQL has no character for, is unknown: %j",
  async (token) => {
    const userId = await addUser(shop);
    const honest = await signIn(userId, `read-with-${JSON.stringify(token)}`);
    const found = await readSessions(shop.db, [token, honest]);
    expect([...found.keys()]).toEqual([honest]);
  },
);
