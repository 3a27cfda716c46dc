import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { answers, race, runners, tally } from "../support/race.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";
import { walkPages } from "../support/walk.ts";

// Two API processes on one database; every second request comes to the other.
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ apis: 2 });
});
afterAll(() => shop[Symbol.asyncDispose]());

const charge = (person: Person, index: number, amount: number, idempotencyKey = newKey()) =>
  person.apis[index % 2]!.wallet.charge.mutate({ amount, idempotencyKey });
const balanceOf = async (person: Person) => (await person.api.wallet.balance.query()).balance;
const historyOf = async (person: Person) => {
  await shop.logWritten();
  const pages = await walkPages((cursor) =>
    person.api.wallet.history.query({ limit: 100, ...(cursor && { cursor }) }),
  );
  return pages.flat();
};

test.each([
  [100, 10_000],
  [1_000, 1_000],
])("%i charges of %i at once: the exact sum, and as many log entries", async (count, amount) => {
  const shopper = await shop.shopper();
  const outcomes = await race(runners(count), (index) => charge(shopper, index, amount));
  expect(tally(outcomes)).toEqual({ OK: count });
  // Each was told another balance: there was an order, and nobody was left out of it.
  const steps = runners(count).map((index) => (index + 1) * amount);
  const told = answers(outcomes).map(({ balance }) => balance);
  expect(told.toSorted((a, b) => a - b)).toEqual(steps);
  expect(await balanceOf(shopper)).toBe(count * amount);
  const history = await historyOf(shopper);
  expect(history.map(({ balanceAfter }) => balanceAfter)).toEqual(steps.toReversed());
  expect(new Set(history.map(({ entryId }) => entryId)).size).toBe(count);
  await shop.audit();
});

test("charges of different amounts at once: nothing is lost, nothing is refused", async () => {
  const shopper = await shop.shopper(5_000);
  const amounts = runners(300).map((index) => 1_000 + index * 7);
  const outcomes = await race(amounts, (amount, index) => charge(shopper, index, amount));
  expect(tally(outcomes)).toEqual({ OK: 300 });
  const sum = amounts.reduce((total, amount) => total + amount, 5_000);
  expect(await balanceOf(shopper)).toBe(sum);
  const history = await historyOf(shopper);
  expect(history.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual(
    [...amounts, 5_000].toSorted((a, b) => a - b),
  );
  await shop.audit();
});

test.each([2, 50, 200])("one key, %i copies at once: one effect, one answer", async (copies) => {
  const shopper = await shop.shopper(3_000);
  const key = newKey();
  const outcomes = await race(runners(copies), (copy) => charge(shopper, copy, 2_000, key));
  expect(tally(outcomes)).toEqual({ OK: copies });
  for (const answer of answers(outcomes))
    expect(answer).toEqual({ userId: shopper.userId, balance: 5_000 });
  expect(await balanceOf(shopper)).toBe(5_000);
  expect((await historyOf(shopper)).length).toBe(2);
  await shop.audit();
});

test("fifty keys, ten copies of each at once: fifty effects, each answered alike", async () => {
  const shopper = await shop.shopper();
  const keys = runners(50).map(() => newKey());
  const outcomes = await race(runners(500), (runner) =>
    charge(shopper, runner, 1_000, keys[runner % 50]),
  );
  expect(tally(outcomes)).toEqual({ OK: 500 });
  const told = answers(outcomes);
  for (const runner of runners(500)) expect(told[runner]).toEqual(told[runner % 50]);
  expect(await balanceOf(shopper)).toBe(50_000);
  await shop.audit();
});

test("equal amounts with different keys are different intentions: all apply", async () => {
  const people = await shop.shoppers(20);
  const outcomes = await race(runners(400), (runner) =>
    charge(people[runner % 20]!, runner, 1_000),
  );
  expect(tally(outcomes)).toEqual({ OK: 400 });
  for (const person of people) expect(await balanceOf(person)).toBe(20_000);
  await shop.audit();
});

test("a client that gives up waiting and asks again: the money comes once", async () => {
  const people = await shop.shoppers(50);
  const keys = people.map(() => newKey());
  // Behind this lock nothing is answered before the clients' patience is at its end.
  const lock = await shop.sql.reserve();
  await lock`begin`;
  await lock`select from wallets for update`;
  const first = race(people, ({ api }, index) =>
    api.wallet.charge.mutate(
      { amount: 1_000, idempotencyKey: keys[index]! },
      { signal: AbortSignal.timeout(300) },
    ),
  );
  const impatient = await first;
  expect(impatient.filter(({ ending }) => ending.startsWith("lost")).length).toBe(50);
  // Asked again while the first is still under way, and at the other process.
  const second = race(people, ({ apis, api }, index) =>
    apis.find((other) => other !== api)!.wallet.charge.mutate({
      amount: 1_000,
      idempotencyKey: keys[index]!,
    }),
  );
  await sleep(200);
  await lock`rollback`;
  lock.release();
  expect(tally(await second)).toEqual({ OK: 50 });
  for (const person of people) {
    expect(await balanceOf(person)).toBe(1_000);
    expect((await historyOf(person)).length).toBe(1);
  }
  await shop.audit();
});

test("a charge and an order at once, of a hundred people: both count", async () => {
  const { productId } = await shop.product({ price: 100, stock: 1_000 });
  const people = await shop.shoppers(100, 1_000);
  const outcomes = await race(runners(200), async (runner) => {
    const person = people[runner >> 1]!;
    if (runner % 2 === 0) return charge(person, 0, 1_500);
    return person.apis[1]!.order.place.mutate({
      items: [{ productId, quantity: 1 }],
      idempotencyKey: newKey(),
    });
  });
  expect(tally(outcomes)).toEqual({ OK: 200 });
  for (const person of people) expect(await balanceOf(person)).toBe(2_400);
  await shop.audit();
});

test("1,000,000 and fifty orders of 10,000 at once: fifty are paid, 500,000 are left", async () => {
  const { productId } = await shop.product({ price: 10_000, stock: 1_000 });
  const shopper = await shop.shopper(1_000_000);
  const outcomes = await race(runners(50), (runner) =>
    shopper.apis[runner % 2]!.order.place.mutate({
      items: [{ productId, quantity: 1 }],
      idempotencyKey: newKey(),
    }),
  );
  expect(tally(outcomes)).toEqual({ OK: 50 });
  expect(await balanceOf(shopper)).toBe(500_000);
  const balances = answers(outcomes).map(({ balance }) => balance);
  expect(balances.toSorted((a, b) => b - a)).toEqual(
    runners(50).map((index) => 990_000 - index * 10_000),
  );
  expect((await historyOf(shopper)).length).toBe(51);
  await shop.audit();
});

test("a balance for one of five hundred orders pays for one", async () => {
  const { productId } = await shop.product({ price: 10_000, stock: 1_000 });
  const shopper = await shop.shopper(10_000);
  const outcomes = await race(runners(500), (runner) =>
    shopper.apis[runner % 2]!.order.place.mutate({
      items: [{ productId, quantity: 1 }],
      idempotencyKey: newKey(),
    }),
  );
  expect(tally(outcomes)).toEqual({ OK: 1, INSUFFICIENT_BALANCE: 499 });
  expect(await balanceOf(shopper)).toBe(0);
  expect((await shop.visitor.product.byId.query({ productId })).stock).toBe(999);
  await shop.audit();
});

test("the limit of a wallet holds in a rush: of a hundred, ten have room", async () => {
  const shopper = await shop.shopper(990_000_000);
  const outcomes = await race(runners(100), (runner) => charge(shopper, runner, 1_000_000));
  expect(tally(outcomes)).toEqual({ OK: 10, BALANCE_LIMIT_EXCEEDED: 90 });
  expect(await balanceOf(shopper)).toBe(1_000_000_000);
  await shop.audit();
});

test("whoever was answered reads that balance at once, at the other process too", async () => {
  const shopper = await shop.shopper();
  const seen = await race(runners(200), async (runner) => {
    const { balance } = await charge(shopper, runner, 1_000);
    const read = await shopper.apis[(runner + 1) % 2]!.wallet.balance.query();
    return read.balance - balance;
  });
  expect(tally(seen)).toEqual({ OK: 200 });
  expect(answers(seen).filter((ahead) => ahead < 0)).toEqual([]);
  await shop.audit();
});
