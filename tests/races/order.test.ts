import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { answers, race, runners, tally } from "../support/race.ts";
import { hoursFromNow, startShop, type Person, type Product, type Shop } from "../support/shop.ts";

// Two API processes on one database; every second person comes to the other.
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ apis: 2 });
});
afterAll(() => shop[Symbol.asyncDispose]());

interface Cart {
  readonly items: { productId: string; quantity: number }[];
  readonly issuedCouponId?: string;
  readonly expectedPaidAmount?: number;
}
const place = ({ api }: Pick<Person, "api">, cart: Cart, idempotencyKey = newKey()) =>
  api.order.place.mutate({ ...cart, idempotencyKey });
const one = ({ productId }: Pick<Product, "productId">, quantity = 1) => ({
  items: [{ productId, quantity }],
});
const stockOf = async ({ productId }: Product) =>
  (await shop.visitor.product.byId.query({ productId })).stock;
const balancesOf = (people: readonly Person[]) =>
  Promise.all(people.map(async ({ api }) => (await api.wallet.balance.query()).balance));

test("the last one of a thing, a thousand buyers: one buys it", async () => {
  const product = await shop.product({ price: 700, stock: 1 });
  const people = await shop.shoppers(1_000, 1_000);
  const outcomes = await race(people, (person) => place(person, one(product)));
  expect(tally(outcomes)).toEqual({ OK: 1, INSUFFICIENT_STOCK: 999 });
  expect(await stockOf(product)).toBe(0);
  const balances = (await balancesOf(people)).toSorted((a, b) => a - b);
  expect(balances).toEqual([300, ...runners(999).map(() => 1_000)]);
  await shop.audit();
});

test.each([
  [50, 100],
  [10, 100],
  [5, 10],
  [10, 11],
  [1, 2],
  [3, 10],
  [10, 10],
])("stock %i, %i buyers: whoever can be served is, and nobody else", async (stock, count) => {
  const product = await shop.product({ price: 1_000, stock });
  const people = await shop.shoppers(count, 1_000);
  const outcomes = await race(people, (person) => place(person, one(product)));
  const refused = count - stock;
  expect(tally(outcomes)).toEqual({ OK: stock, ...(refused && { INSUFFICIENT_STOCK: refused }) });
  expect(await stockOf(product)).toBe(0);
  const orders = answers(outcomes).map(({ orderId }) => orderId);
  expect(new Set(orders).size).toBe(stock);
  const rows = await shop.sql`
    select order_id from order_lines where product_id = ${product.productId}`;
  expect(rows.map((row) => row["order_id"] as string).toSorted()).toEqual(orders.toSorted());
  await shop.audit();
});

test("a flash sale: a thousand want one or two of a hundred, all hundred are sold", async () => {
  const product = await shop.product({ price: 1_000, stock: 100 });
  const people = await shop.shoppers(1_000, 2_000);
  const outcomes = await race(people, (person, index) =>
    place(person, one(product, 1 + (index % 2))),
  );
  // Five hundred wanted one: as long as there was one, somebody took it.
  const sold = answers(outcomes).reduce((sum, { paidAmount }) => sum + paidAmount / 1_000, 0);
  expect(sold).toBe(100);
  const { OK, INSUFFICIENT_STOCK, ...other } = tally(outcomes);
  expect(other).toEqual({});
  expect(OK! + INSUFFICIENT_STOCK!).toBe(1_000);
  expect(await stockOf(product)).toBe(0);
  await shop.audit();
});

test("carts in opposite order, 200 at once: all are served, nothing deadlocks", async () => {
  const products = await Promise.all(
    runners(5).map(() => shop.product({ price: 10, stock: 1_000 })),
  );
  const people = await shop.shoppers(200, 10_000);
  const items = products.map(({ productId }) => ({ productId, quantity: 1 }));
  const reversed = items.toReversed();
  const outcomes = await race(people, (person, index) =>
    place(person, { items: index % 4 < 2 ? items : reversed }),
  );
  expect(tally(outcomes)).toEqual({ OK: 200 });
  for (const product of products) expect(await stockOf(product)).toBe(800);
  for (const { url } of shop.apis) {
    const { text } = await shop.http.send(`${url}/metrics`);
    expect(text).not.toContain('stampede_transaction_retries_total{code="40P01"}');
  }
  await shop.audit();
});

test("thirty orders, stock ten: ten are paid, and the log has exactly ten entries", async () => {
  const product = await shop.product({ price: 1_000, stock: 10 });
  const people = await shop.shoppers(30, 5_000);
  const outcomes = await race(people, (person) => place(person, one(product)));
  expect(tally(outcomes)).toEqual({ OK: 10, INSUFFICIENT_STOCK: 20 });
  await shop.logWritten();
  const histories = await Promise.all(
    people.map(async ({ api }) => (await api.wallet.history.query()).items),
  );
  const used = histories.flat().filter(({ type }) => type === "USE");
  expect(used.map(({ orderId }) => orderId).toSorted()).toEqual(
    answers(outcomes)
      .map(({ orderId }) => orderId)
      .toSorted(),
  );
  expect(used.length).toBe(10);
  await shop.audit();
});

describe("a refused order changes nothing, in a rush too", () => {
  test("with a coupon that is another's, expired, not yet valid, or never issued", async () => {
    const product = await shop.product({ price: 1_000, stock: 100 });
    const [owner, ...people] = await shop.shoppers(41, 10_000);
    const claimed = async (person: Person, over: object) => {
      const { couponId } = await shop.campaign(over);
      const issued = await person.api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
      return issued.issuedCouponId;
    };
    const expired = { validFrom: hoursFromNow(-2), validUntil: hoursFromNow(-1) };
    const coming = { validFrom: hoursFromNow(1), validUntil: hoursFromNow(2) };
    const anothers = await claimed(owner!, {});
    const coupons = await Promise.all(
      people.map((person, index) => {
        if (index % 4 === 0) return anothers;
        if (index % 4 === 1) return claimed(person, expired);
        if (index % 4 === 2) return claimed(person, coming);
        return "00000000-0000-7000-8000-000000000000";
      }),
    );
    const outcomes = await race(people, (person, index) =>
      place(person, { ...one(product), issuedCouponId: coupons[index]! }),
    );
    expect(tally(outcomes)).toEqual({ COUPON_NOT_FOUND: 20, COUPON_NOT_VALID_NOW: 20 });
    expect(await stockOf(product)).toBe(100);
    expect(new Set(await balancesOf(people))).toEqual(new Set([10_000]));
    const [row] = await shop.sql`
      select count(*)::int from order_lines where product_id = ${product.productId}`;
    expect(row).toEqual({ count: 0 });
    await shop.audit();
  });

  test("with too little money or stock: no order, no deduction, the coupon unused", async () => {
    const scarce = await shop.product({ price: 1_000, stock: 1 });
    const dear = await shop.product({ price: 900_000, stock: 100 });
    const people = await shop.shoppers(40, 10_000);
    const campaign = await shop.campaign({ discount: { type: "FIXED", amount: 100 } });
    const coupons = await Promise.all(
      people.map(({ api }) =>
        api.coupon.claim.mutate({ couponId: campaign.couponId, idempotencyKey: newKey() }),
      ),
    );
    const outcomes = await race(people, (person, index) =>
      place(person, {
        ...(index % 2 === 0 ? one(scarce, 2) : one(dear)),
        issuedCouponId: coupons[index]!.issuedCouponId,
      }),
    );
    expect(tally(outcomes)).toEqual({ INSUFFICIENT_STOCK: 20, INSUFFICIENT_BALANCE: 20 });
    expect([await stockOf(scarce), await stockOf(dear)]).toEqual([1, 100]);
    expect(new Set(await balancesOf(people))).toEqual(new Set([10_000]));
    for (const { api } of people) {
      expect((await api.coupon.mine.query()).items.map(({ status }) => status)).toEqual(["ISSUED"]);
      expect((await api.order.list.query()).items).toEqual([]);
    }
    await shop.audit();
  });
});

describe("one intention is one order", () => {
  test.each([3, 10, 200])("%i copies of one key: one payment, one answer", async (copies) => {
    const product = await shop.product({ price: 1_000, stock: 500 });
    const shopper = await shop.shopper(500_000);
    const key = newKey();
    const outcomes = await race(runners(copies), (copy) =>
      place({ api: shopper.apis[copy % 2]! }, one(product), key),
    );
    expect(tally(outcomes)).toEqual({ OK: copies });
    const [first, ...others] = answers(outcomes);
    for (const other of others) expect(other).toEqual(first);
    expect(await stockOf(product)).toBe(499);
    expect((await shopper.api.wallet.balance.query()).balance).toBe(499_000);
    expect((await shopper.api.order.list.query()).items.length).toBe(1);
    await shop.audit();
  });

  test("ten keys at once: ten orders", async () => {
    const product = await shop.product({ price: 1_000, stock: 500 });
    const shopper = await shop.shopper(500_000);
    const outcomes = await race(runners(10), (runner) =>
      place({ api: shopper.apis[runner % 2]! }, one(product)),
    );
    expect(tally(outcomes)).toEqual({ OK: 10 });
    expect(new Set(answers(outcomes).map(({ orderId }) => orderId)).size).toBe(10);
    expect((await shopper.api.order.list.query()).items.length).toBe(10);
    await shop.audit();
  });
});

test("one coupon in thirty orders at once: one has it, none of the others is paid", async () => {
  const product = await shop.product({ price: 1_000, stock: 500 });
  const shopper = await shop.shopper(500_000);
  const { couponId } = await shop.campaign({ discount: { type: "FIXED", amount: 400 } });
  const { issuedCouponId } = await shopper.api.coupon.claim.mutate({
    couponId,
    idempotencyKey: newKey(),
  });
  const outcomes = await race(runners(30), (runner) =>
    place({ api: shopper.apis[runner % 2]! }, { ...one(product), issuedCouponId }),
  );
  expect(tally(outcomes)).toEqual({ OK: 1, COUPON_ALREADY_USED: 29 });
  expect(answers(outcomes)[0]).toMatchObject({ discountAmount: 400, paidAmount: 600 });
  expect((await shopper.api.wallet.balance.query()).balance).toBe(499_400);
  expect(await stockOf(product)).toBe(499);
  await shop.audit();
});

test("restocking while three hundred buy: what was put in is sold, to the piece", async () => {
  const product = await shop.product({ price: 1_000, stock: 50 });
  const admin = await shop.admin();
  const people = await shop.shoppers(300, 1_000);
  const keys = people.map(() => newKey());
  const buy = (person: Person, index: number) => place(person, one(product), keys[index]);
  const restocking = race(runners(10), (runner) =>
    admin.apis[runner % 2]!.admin.product.restock.mutate({
      productId: product.productId,
      quantity: 20,
      idempotencyKey: newKey(),
    }),
  );
  const first = await race(people, buy);
  expect(tally(await restocking)).toEqual({ OK: 10 });
  const { OK, INSUFFICIENT_STOCK, ...other } = tally(first);
  expect(other).toEqual({});
  expect(OK! + (INSUFFICIENT_STOCK ?? 0)).toBe(300);
  // Everything is in now: those who came too early ask again with their keys, and the others too.
  const second = await race(people, buy);
  expect(tally(second)).toEqual({ OK: 250, INSUFFICIENT_STOCK: 50 });
  for (const [index, outcome] of first.entries())
    if (outcome.ending === "OK") expect(second[index]).toEqual(outcome);
  expect(await stockOf(product)).toBe(0);
  await shop.audit();
});

test("a price changes in the middle of a rush: all pay what they saw, or nothing", async () => {
  const product = await shop.product({ price: 1_000, stock: 1_000 });
  const admin = await shop.admin();
  const people = await shop.shoppers(300, 10_000);
  let paid = 0;
  const outcomes = await race(people, async (person, index) => {
    const placed = await place(person, { ...one(product), expectedPaidAmount: 1_000 });
    paid += 1;
    if (index === 0) {
      const { productId } = product;
      await admin.api.admin.product.update.mutate({ productId, price: 2_000 });
    }
    return placed;
  });
  const { OK, PRICE_CHANGED, ...other } = tally(outcomes);
  expect(other).toEqual({});
  expect(OK! + (PRICE_CHANGED ?? 0)).toBe(300);
  expect(OK).toBe(paid);
  for (const { paidAmount } of answers(outcomes)) expect(paidAmount).toBe(1_000);
  const balances = await balancesOf(people);
  expect(balances.filter((balance) => balance === 9_000).length).toBe(OK);
  expect(balances.filter((balance) => balance === 10_000).length).toBe(PRICE_CHANGED ?? 0);
  // From now on everyone is told the new price.
  const late = await race(people, (person) =>
    place(person, { ...one(product), expectedPaidAmount: 1_000 }),
  );
  expect(tally(late)).toEqual({ PRICE_CHANGED: 300 });
  await shop.audit();
});

test("fifty carts of three scarce things: no cart is served in part", async () => {
  const stocks = [10, 20, 30];
  const products = await Promise.all(stocks.map((stock) => shop.product({ price: 100, stock })));
  const people = await shop.shoppers(50, 1_000);
  const items = products.map(({ productId }) => ({ productId, quantity: 1 }));
  const outcomes = await race(people, (person) => place(person, { items }));
  expect(tally(outcomes)).toEqual({ OK: 10, INSUFFICIENT_STOCK: 40 });
  expect(await Promise.all(products.map(stockOf))).toEqual([0, 10, 20]);
  await shop.audit();
});
