import type { PointEntry } from "@stampede/core/wallet/schema";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { relayOutbox } from "../outbox.ts";
import {
  addProduct,
  addUser,
  addUsers,
  charge,
  openTestShop,
  order,
  run,
  runGroup,
  type TestShop,
} from "../testing/shop.ts";
import { listHistory, readBalances } from "./wallet.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const relay = () => shop.transactions.run(relayOutbox);

test("balances are read for many at once; who has no wallet has no balance (W1)", async () => {
  const [rich, poor] = (await addUsers(shop, 2)) as [string, string];
  await run(shop, charge(rich, 10_000_000));
  const balances = await readBalances(shop.db, [rich, poor, newId(), "no-id", rich]);
  expect(balances).toEqual(
    new Map([
      [rich, { userId: rich, balance: 10_000_000 }],
      [poor, { userId: poor, balance: 0 }],
    ]),
  );
  expect(await readBalances(shop.db, [])).toEqual(new Map());
});

test("the history tells what was charged and used, the newest first (W3, O6)", async () => {
  const userId = await addUser(shop);
  const productId = await addProduct(shop, { price: 2_500 });
  const at = "2026-11-22T12:00:00.123Z";
  const chargeId = await run(shop, charge(userId, 10_000), at);
  const orderId = await run(shop, order(userId, [{ productId, quantity: 1 }]), at);
  await relay();
  expect(await listHistory(shop.db, userId, { limit: 20 })).toEqual({
    items: [
      {
        entryId: orderId,
        type: "USE",
        amount: 2_500,
        balanceAfter: 7_500,
        orderId,
        createdAt: at,
      },
      {
        entryId: chargeId,
        type: "CHARGE",
        amount: 10_000,
        balanceAfter: 10_000,
        orderId: null,
        createdAt: at,
      },
    ],
    nextCursor: null,
  });
});

test("pages of entries of one moment have none twice, none missing and nobody else's", async () => {
  const [userId, other] = (await addUsers(shop, 2)) as [string, string];
  const charges = Array.from({ length: 15 }, () => [charge(userId, 1_000), charge(other, 1_000)]);
  const answers = await runGroup(shop, charges.flat(), "2026-11-22T12:00:00.000Z");
  await relay();
  const own = answers.filter((_, index) => index % 2 === 0);
  const ids = own.map((answer) => (answer.ok ? answer.operationId : "")).reverse();
  for (const limit of [1, 4, 14, 15, 16]) {
    const seen: PointEntry[] = [];
    let pages = 0;
    for (let cursor: string | null | undefined; cursor !== null; pages++) {
      const page = await listHistory(shop.db, userId, { limit, ...(cursor && { cursor }) });
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ entryId }) => entryId)).toEqual(ids);
    expect(pages).toBe(Math.ceil(15 / limit));
  }
});

test("while entries are logged, who turns the pages sees each earlier one once", async () => {
  const userId = await addUser(shop);
  for (let made = 0; made < 9; made++) await run(shop, charge(userId, 1_000 + made));
  await relay();
  const amounts: number[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listHistory(shop.db, userId, { limit: 4, ...(cursor && { cursor }) });
    amounts.push(...page.items.map(({ amount }) => amount));
    cursor = page.nextCursor;
    await run(shop, charge(userId, 5_000));
    await relay();
  }
  expect(amounts).toEqual([1_008, 1_007, 1_006, 1_005, 1_004, 1_003, 1_002, 1_001, 1_000]);
});
