import { addUser, openTestShop } from "@stampede/db/testing/shop";
import { v7 as newId } from "uuid";
import { expect, test } from "vitest";
import { hashPassword, isPassword, renewHash } from "./passwords.ts";

const password = "correct horse battery";
/** As better-auth 1.7.25 made it: scrypt. */
const oldHash =
  "49d8d546f8febae513fd5157a6b26271:73a54d12f579436ff6a1e285988a1f19ad6771f635a76b32d5f19e5e95b9ea9b98b3c7bbb6d310e432463878946935e1820a316c68be7d70d7d8fc521e3b17a8";
/** argon2id, version 1.3, 19 MiB, two passes, one lane; 16 bytes of salt and 32 of hash. */
const todays = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

test("a password is hashed by argon2id with a salt of its own, and known again", async () => {
  const [one, other] = [await hashPassword(password), await hashPassword(password)];
  expect(one).toMatch(todays);
  expect(one.split("$")[4]).not.toBe(other.split("$")[4]);
  for (const hash of [one, other]) {
    expect(await isPassword({ hash, password })).toBe(true);
    expect(await isPassword({ hash, password: `${password} ` })).toBe(false);
  }
});

test("however a keyboard puts the letters together", async () => {
  const hash = await hashPassword("비밀번호 é");
  expect(await isPassword({ hash, password: "비밀번호 é".normalize("NFD") })).toBe(true);
});

test("a hash of before is known too", async () => {
  expect(await isPassword({ hash: oldHash, password })).toBe(true);
  expect(await isPassword({ hash: oldHash, password: "correct horse batterz" })).toBe(false);
});

test("a hash that is none is nobody's password", async () => {
  for (const hash of ["", "nonsense", "$argon2id$nonsense"])
    await expect(isPassword({ hash, password }), hash).rejects.toThrow();
});

test("hashing does not hold the event loop", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await Promise.all(Array.from({ length: 32 }, () => hashPassword(password)));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(20);
});

test("an old hash is renewed, one of today's is left, and a password that changed meanwhile stays", async () => {
  await using shop = await openTestShop();
  const userId = await addUser(shop);
  const kept = async () =>
    (await shop.sql<{ password: string }[]>`select password from accounts where user_id = ${userId}`)[0]!.password;
  await shop.sql`
    insert into accounts (id, user_id, account_id, provider_id, password)
    values (${newId()}, ${userId}, ${userId}, 'credential', ${oldHash})`;
  await renewHash(shop.db, userId, password);
  const renewed = await kept();
  expect(renewed).toMatch(todays);
  expect(await isPassword({ hash: renewed, password })).toBe(true);
  await renewHash(shop.db, userId, password);
  expect(await kept()).toBe(renewed);

  // Somebody holds the row while it is renewed, and leaves a new password there.
  await shop.sql`update accounts set password = ${oldHash} where user_id = ${userId}`;
  const changed = await hashPassword("a new password entirely");
  let renewing: Promise<void> | undefined;
  await shop.sql.begin(async (tx) => {
    await tx`update accounts set password = ${changed} where user_id = ${userId}`;
    renewing = renewHash(shop.db, userId, password);
    for (let waiting = 0; waiting === 0; ) {
      const [row] = await shop.sql<{ count: number }[]>`
        select count(*)::int from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like 'update "accounts"%'`;
      waiting = row!.count;
    }
  });
  await renewing;
  expect(await kept()).toBe(changed);
});
