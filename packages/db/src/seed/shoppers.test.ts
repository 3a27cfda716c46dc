import { balanceMax } from "@stampede/core/wallet/policy";
import { expect, test } from "vitest";
import { runAudit } from "../audit.ts";
import { readSessions } from "../read/sessions.ts";
import { listHistory, readBalances } from "../read/wallet.ts";
import {
  addProduct,
  charge,
  openTestShop,
  order,
  run,
  type TestShop,
} from "../testing/shop.ts";
import { createShoppers, shopperNumbersProblem, type LoadTestShopper } from "./shoppers.ts";

const create = async (
  { transactions }: TestShop,
  ...numbers: [count: number, balance: number]
): Promise<LoadTestShopper[]> => {
  const made: LoadTestShopper[] = [];
  for await (const chunk of createShoppers(transactions, ...numbers)) made.push(...chunk);
  return made;
};

test("as many shoppers as asked for, each with balance and session, and clean books", async () => {
  await using shop = await openTestShop();
  const shoppers = await create(shop, 2_345, 50_000);
  expect(shoppers).toHaveLength(2_345);
  expect(new Set(shoppers.map(({ token }) => token)).size).toBe(2_345);

  const balances = await readBalances(shop.db, shoppers.map(({ userId }) => userId));
  expect(new Set([...balances.values()].map(({ balance }) => balance))).toEqual(new Set([50_000]));
  expect(balances.size).toBe(2_345);

  const sessions = await readSessions(shop.db, shoppers.map(({ token }) => token));
  expect([...sessions].map(([token, { userId }]) => ({ userId, token })).sort(byToken)).toEqual(
    [...shoppers].sort(byToken),
  );
  expect(new Set([...sessions.values()].map(({ role }) => role))).toEqual(new Set(["shopper"]));
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
});

const byToken = (a: LoadTestShopper, b: LoadTestShopper) => (a.token < b.token ? -1 : 1);

test("their money is booked like every charge, and their wallets go on from there", async () => {
  await using shop = await openTestShop();
  const [shopper] = await create(shop, 1, 50_000);
  const { userId } = shopper!;
  const productId = await addProduct(shop, { price: 20_000 });
  await run(shop, charge(userId, 1_000));
  await run(shop, order(userId, [{ productId, quantity: 1 }]));
  expect((await listHistory(shop.db, userId, { limit: 20 })).items).toMatchObject([
    { type: "CHARGE", amount: 50_000, balanceAfter: 50_000, orderId: null },
  ]);
  expect(await readBalances(shop.db, [userId])).toEqual(
    new Map([[userId, { userId, balance: 31_000 }]]),
  );
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
});

test.each([0, 1, balanceMax])("a balance of %d KRW makes clean books too", async (balance) => {
  await using shop = await openTestShop();
  const [shopper] = await create(shop, 3, balance);
  const [found] = (await readBalances(shop.db, [shopper!.userId])).values();
  expect(found!.balance).toBe(balance);
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
});

test("several programs may create shoppers at once, and again", async () => {
  await using shop = await openTestShop();
  const made = await Promise.all([create(shop, 300, 10), create(shop, 300, 20)]);
  made.push(await create(shop, 300, 30));
  expect(new Set(made.flat().map(({ userId }) => userId)).size).toBe(900);
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
});

test.each([
  [1, 0, undefined],
  [1_000_000, balanceMax, undefined],
  [0, 0, "--count must be a whole number from 1 to 1000000."],
  [1_000_001, 0, "--count must be a whole number from 1 to 1000000."],
  [1.5, 0, "--count must be a whole number from 1 to 1000000."],
  [Number.NaN, 0, "--count must be a whole number from 1 to 1000000."],
  [1, -1, "--balance must be a whole number of KRW from 0 to 1000000000."],
  [1, balanceMax + 1, "--balance must be a whole number of KRW from 0 to 1000000000."],
  [1, 0.5, "--balance must be a whole number of KRW from 0 to 1000000000."],
  [1, Number.NaN, "--balance must be a whole number of KRW from 0 to 1000000000."],
])("%d shoppers with %d KRW: %s", (count, balance, problem) => {
  expect(shopperNumbersProblem(count, balance)).toBe(problem);
});
