import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";
import { anId, anInstant } from "../support/values.ts";
import { walkPages } from "../support/walk.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const charge = (person: Person, amount: number) =>
  person.api.wallet.charge.mutate({ amount, idempotencyKey: newKey() });

test("a new wallet is empty and has no log", async () => {
  const shopper = await shop.shopper();
  expect(await shopper.api.wallet.balance.query()).toEqual({ userId: shopper.userId, balance: 0 });
  expect(await shopper.api.wallet.history.query()).toEqual({ items: [], nextCursor: null });
});

test("a charge answers the balance after it, and the balance is that at once", async () => {
  const shopper = await shop.shopper();
  const { userId } = shopper;
  expect(await charge(shopper, 1_000)).toEqual({ userId, balance: 1_000 });
  expect(await charge(shopper, 2_345)).toEqual({ userId, balance: 3_345 });
  expect(await shopper.api.wallet.balance.query()).toEqual({ userId, balance: 3_345 });
});

describe("the charge policy", () => {
  test.each([1_000, 1_001, 9_999_999, 10_000_000])("accepts %i", async (amount) => {
    const shopper = await shop.shopper();
    expect(await charge(shopper, amount)).toEqual({ userId: shopper.userId, balance: amount });
  });

  test.each([999, 1, 0, -0, -1, -1_000, -(2 ** 53) + 1])("%i is too little", async (amount) => {
    const shopper = await shop.shopper();
    await expectRefused(charge(shopper, amount), "CHARGE_BELOW_MINIMUM", {
      details: { minimum: 1_000 },
    });
    expect((await shopper.api.wallet.balance.query()).balance).toBe(0);
  });

  test.each([10_000_001, 1_000_000_001, 2 ** 53 - 1])("%i is too much", async (amount) => {
    const shopper = await shop.shopper();
    await expectRefused(charge(shopper, amount), "CHARGE_ABOVE_MAXIMUM", {
      details: { maximum: 10_000_000 },
    });
    expect((await shopper.api.wallet.balance.query()).balance).toBe(0);
  });

  test("a wallet may hold 1,000,000,000 KRW exactly, and not one more", async () => {
    const shopper = await shop.shopper(990_000_000);
    const { userId } = shopper;
    await expectRefused(charge(shopper, 10_000_001), "CHARGE_ABOVE_MAXIMUM", {
      details: { maximum: 10_000_000 },
    });
    expect(await charge(shopper, 9_998_999)).toEqual({ userId, balance: 999_998_999 });
    await expectRefused(charge(shopper, 1_002), "BALANCE_LIMIT_EXCEEDED", {
      details: { limit: 1_000_000_000, balance: 999_998_999 },
    });
    expect(await charge(shopper, 1_001)).toEqual({ userId, balance: 1_000_000_000 });
    await expectRefused(charge(shopper, 1_000), "BALANCE_LIMIT_EXCEEDED", {
      details: { limit: 1_000_000_000, balance: 1_000_000_000 },
    });
    expect(await shopper.api.wallet.balance.query()).toEqual({ userId, balance: 1_000_000_000 });
  });

  test("is looked at in the order minimum, maximum, limit", async () => {
    const full = await shop.shopper(1_000_000_000);
    await expectRefused(charge(full, 999), "CHARGE_BELOW_MINIMUM", { details: { minimum: 1_000 } });
    await expectRefused(charge(full, 10_000_001), "CHARGE_ABOVE_MAXIMUM", {
      details: { maximum: 10_000_000 },
    });
  });
});

describe("wallet.history", () => {
  test("has an entry for each charge and order within a second, the newest first", async () => {
    const shopper = await shop.shopper();
    const { productId } = await shop.product({ price: 700 });
    await charge(shopper, 5_000);
    const order = await shopper.api.order.place.mutate({
      items: [{ productId, quantity: 2 }],
      idempotencyKey: newKey(),
    });
    await charge(shopper, 1_000);

    const read = async () => (await shopper.api.wallet.history.query()).items.length;
    await expect.poll(read, { timeout: 1_000, interval: 20 }).toBe(3);
    const { items, nextCursor } = await shopper.api.wallet.history.query();
    const common = { entryId: anId, createdAt: anInstant };
    expect(items).toEqual([
      { ...common, type: "CHARGE", amount: 1_000, balanceAfter: 4_600, orderId: null },
      {
        ...common,
        type: "USE",
        amount: 1_400,
        balanceAfter: 3_600,
        orderId: order.orderId,
        createdAt: order.paidAt,
      },
      { ...common, type: "CHARGE", amount: 5_000, balanceAfter: 5_000, orderId: null },
    ]);
    expect(nextCursor).toBeNull();
    expect(new Set(items.map(({ entryId }) => entryId)).size).toBe(3);
  });

  test("keeps a running balance over pages of any size, complete and without doubles", async () => {
    const shopper = await shop.shopper();
    const amounts = Array.from({ length: 45 }, (_none, index) => 1_000 + index);
    for (const amount of amounts) await charge(shopper, amount);
    await shop.logWritten();

    for (const limit of [undefined, 1, 9, 44, 45, 100]) {
      const pages = await walkPages((cursor) =>
        shopper.api.wallet.history.query({ ...(limit && { limit }), ...(cursor && { cursor }) }),
      );
      const size = limit ?? 20;
      expect(pages.map((page) => page.length)).toEqual(
        Array.from({ length: Math.ceil(45 / size) }, (_none, page) =>
          Math.min(size, 45 - page * size),
        ),
      );
      const oldestFirst = pages.flat().toReversed();
      expect(oldestFirst.map(({ amount }) => amount)).toEqual(amounts);
      let balance = 0;
      for (const { amount, balanceAfter } of oldestFirst)
        expect(balanceAfter).toBe((balance += amount));
      expect(new Set(oldestFirst.map(({ entryId }) => entryId)).size).toBe(45);
    }
  });

  test("a charge between two pages is no double and hides nobody", async () => {
    const shopper = await shop.shopper();
    for (const amount of [1_001, 1_002, 1_003, 1_004]) await charge(shopper, amount);
    await shop.logWritten();
    const first = await shopper.api.wallet.history.query({ limit: 2 });
    await charge(shopper, 1_005);
    await shop.logWritten();
    const second = await shopper.api.wallet.history.query({ cursor: first.nextCursor! });
    const amounts = [...first.items, ...second.items].map(({ amount }) => amount);
    expect(amounts).toEqual([1_004, 1_003, 1_002, 1_001]);
  });

  test("is of nobody else, whoever's cursor is sent", async () => {
    const [one, other] = await shop.shoppers(2);
    for (const amount of [1_001, 1_002, 1_003]) await charge(one!, amount);
    await charge(other!, 7_000);
    await shop.logWritten();
    const { nextCursor } = await one!.api.wallet.history.query({ limit: 1 });
    const { items } = await other!.api.wallet.history.query({ cursor: nextCursor! });
    expect(items.map(({ amount }) => amount)).toEqual([7_000]);
  });

  test.each([0, 101, -1, 1.5, "5", null])("refuses the limit %j", async (limit) => {
    const shopper = await shop.shopper();
    await expectRefused(
      shopper.api.wallet.history.query({ limit: limit as number }),
      "INVALID_INPUT",
      { issues: [{ path: ["limit"], message: expect.any(String) }] },
    );
  });

  test("refuses a cursor it has not given out, and an unknown field", async () => {
    const shopper = await shop.shopper();
    await expectRefused(shopper.api.wallet.history.query({ cursor: "abc" }), "INVALID_INPUT", {
      issues: [{ path: ["cursor"], message: expect.any(String) }],
    });
    await expectRefused(
      shopper.api.wallet.history.query({ userId: shopper.userId } as object),
      "INVALID_INPUT",
      { issues: [{ path: [], message: expect.stringContaining("userId") }] },
    );
  });
});

test("nobody charges somebody else's wallet: a user in the input is an unknown field", async () => {
  const [one, other] = await shop.shoppers(2);
  await expectRefused(
    one!.api.wallet.charge.mutate({
      amount: 1_000,
      idempotencyKey: newKey(),
      ...{ userId: other!.userId },
    }),
    "INVALID_INPUT",
    { issues: [{ path: [], message: expect.stringContaining("userId") }] },
  );
  expect((await other!.api.wallet.balance.query()).balance).toBe(0);
});
