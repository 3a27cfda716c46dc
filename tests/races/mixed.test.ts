import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { answers, race, runners, tally, type Outcome } from "../support/race.ts";
import { seed } from "../support/seed.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

// Two API processes on one database, each with a worker.
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ apis: 2 });
});
afterAll(() => shop[Symbol.asyncDispose]());

/** Numbers that look random and are the same for the same seed (mulberry32). */
const numbersFrom = (start: number) => {
  let state = start;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

const popular = async (process = 0) => {
  const { text } = await shop.http.send(`${shop.apis[process]!.url}/trpc/product.popular`);
  const { result } = JSON.parse(text) as {
    result: { data: { name: string; rank: number; orderCount: number }[] };
  };
  return result.data.map(({ name, rank, orderCount }) => ({ name, rank, orderCount }));
};

test("popular products are exact after a thousand sales, and never wrong meanwhile", async () => {
  // More orders the earlier in the alphabet, more pieces the later.
  const orderCounts = { A: 280, B: 230, C: 180, D: 130, E: 90, F: 60, G: 30 };
  const names = Object.keys(orderCounts) as (keyof typeof orderCounts)[];
  const products = await Promise.all(
    names.map((name) => shop.product({ name, price: 10, stock: 10_000 })),
  );
  const random = numbersFrom(seed);
  const sales = names
    .flatMap((name, index) =>
      runners(orderCounts[name]).map(() => ({
        productId: products[index]!.productId,
        quantity: Math.min(5, 1 + index),
      })),
    )
    .map((item) => ({ item, place: random(1_000_000) }))
    .toSorted((a, b) => a.place - b.place);
  const people = await shop.shoppers(1_000, 1_000);

  let selling = true;
  const readers = runners(4).map(async (reader) => {
    let before = 0;
    let reads = 0;
    while (selling) {
      const list = await popular(reader % 2);
      const counts = list.map(({ orderCount }) => orderCount);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      expect(list.map(({ rank }) => rank)).toEqual(runners(list.length).map((index) => index + 1));
      // Orders are only added: nothing that was counted is uncounted while it waits for the log.
      const top = counts[0] ?? 0;
      expect(top).toBeGreaterThanOrEqual(before);
      before = top;
      reads += 1;
    }
    return reads;
  });
  const outcomes = await race(people, ({ api }, index) =>
    api.order.place.mutate({ items: [sales[index]!.item], idempotencyKey: newKey() }),
  );
  selling = false;
  expect(Math.min(...(await Promise.all(readers)))).toBeGreaterThan(0);
  expect(tally(outcomes)).toEqual({ OK: 1_000 });

  const exact = names.slice(0, 5).map((name, index) => ({
    name: name as string,
    rank: index + 1,
    orderCount: orderCounts[name],
  }));
  expect(await popular(0)).toEqual(exact);
  expect(await popular(1)).toEqual(exact);
  await shop.logWritten();
  expect(await popular(0)).toEqual(exact);
  await shop.audit();
});

test("a cart with many products counts once for each of them, two workers or not", async () => {
  const before = await popular();
  const products = await Promise.all(
    runners(20).map((index) => shop.product({ name: `Cart ${index}`, price: 1, stock: 1_000 })),
  );
  const people = await shop.shoppers(320, 1_000);
  const items = products.map(({ productId }) => ({ productId, quantity: 1 }));
  const outcomes = await race(people, ({ api }) =>
    api.order.place.mutate({ items: [...items, ...items], idempotencyKey: newKey() }),
  );
  expect(tally(outcomes)).toEqual({ OK: 320 });
  const after = await popular();
  expect(before[0]?.orderCount).toBe(280);
  expect(after.map(({ orderCount }) => orderCount)).toEqual([320, 320, 320, 320, 320]);
  await shop.logWritten();
  expect(await popular()).toEqual(after);
  await shop.audit();
});

test("five hundred people at a mixture of everything: each one's books add up", async () => {
  const random = numbersFrom(seed + 1);
  const products = await Promise.all(
    runners(21).map((index) => shop.product({ price: 500 + 100 * index, stock: 40 })),
  );
  const campaign = await shop.campaign({
    totalQuantity: 100,
    discount: { type: "PERCENT", percent: 30, maxAmount: 700 },
  });
  const people = await shop.shoppers(100, 20_000);
  const spentBy = new Map<Person, number>(people.map((person) => [person, 0]));
  const spend = (person: Person, amount: number) =>
    spentBy.set(person, spentBy.get(person)! + amount);

  const operations: ((person: Person) => Promise<unknown>)[] = [
    async (person) => {
      await person.api.wallet.charge.mutate({ amount: 1_500, idempotencyKey: newKey() });
      spend(person, -1_500);
    },
    async (person) => {
      const items = runners(1 + random(3)).map(() => ({
        productId: products[random(21)]!.productId,
        quantity: 1 + random(3),
      }));
      const { paidAmount } = await person.api.order.place.mutate({
        items,
        idempotencyKey: newKey(),
      });
      spend(person, paidAmount);
    },
    async (person) => {
      const coupon = await person.api.coupon.claim.mutate({
        couponId: campaign.couponId,
        idempotencyKey: newKey(),
      });
      const { paidAmount } = await person.api.order.place.mutate({
        items: [{ productId: products[random(21)]!.productId, quantity: 2 }],
        issuedCouponId: coupon.issuedCouponId,
        idempotencyKey: newKey(),
      });
      spend(person, paidAmount);
    },
    async ({ api }) => api.product.list.query({ limit: 50 }),
    async ({ api }) => api.product.popular.query(),
    async ({ api }) => api.wallet.history.query({ limit: 5 }),
    async ({ api }) => api.coupon.list.query(),
  ];
  const startedAt = Date.now();
  const outcomes: Outcome<unknown>[] = await race(runners(500), (runner) =>
    operations[random(operations.length)]!(people[runner % 100]!),
  );
  expect(Date.now() - startedAt).toBeLessThan(60_000);
  const { OK, ...refused } = tally(outcomes);
  expect(OK).toBe(answers(outcomes).length);
  const business = ["INSUFFICIENT_STOCK", "INSUFFICIENT_BALANCE", "COUPON_ALREADY_ISSUED"];
  expect(Object.keys(refused).filter((reason) => !business.includes(reason))).toEqual([]);

  await shop.logWritten();
  for (const [{ api }, spent] of spentBy) {
    const { balance } = await api.wallet.balance.query();
    expect(balance).toBe(20_000 - spent);
    const { items } = await api.wallet.history.query({ limit: 100 });
    expect(items[0]?.balanceAfter).toBe(balance);
  }
  await shop.audit();
});

test("a crowd that hangs up leaves no open transaction, no lock, no command behind", async () => {
  const people = await shop.shoppers(200, 10_000);
  const { productId } = await shop.product({ price: 10, stock: 10_000 });
  // Half of them hang up before they are answered.
  const outcomes = await race(people, ({ api }, index) =>
    api.order.place.mutate(
      { items: [{ productId, quantity: 1 }], idempotencyKey: `hang-up-${index}` },
      index % 2 === 0 ? {} : { signal: AbortSignal.timeout(1 + (index % 40)) },
    ),
  );
  const lost = outcomes.filter(({ ending }) => ending.startsWith("lost")).length;
  expect((tally(outcomes)["OK"] ?? 0) + lost).toBe(200);
  // What they asked for was carried out or not, never half: the same keys tell.
  const again = await race(people, ({ api }, index) =>
    api.order.place.mutate({
      items: [{ productId, quantity: 1 }],
      idempotencyKey: `hang-up-${index}`,
    }),
  );
  expect(tally(again)).toEqual({ OK: 200 });
  const product = await shop.visitor.product.byId.query({ productId });
  expect(product.stock).toBe(9_800);
  for (const { url } of shop.apis) {
    const { text } = await shop.http.send(`${url}/metrics`);
    expect(text).toMatch(/^stampede_commands_waiting 0$/m);
    expect(text).toMatch(/^stampede_transactions_busy\S* 0$/m);
  }
  await shop.logWritten();
  await shop.audit();
});
