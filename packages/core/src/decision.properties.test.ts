import fc from "fast-check";
import { expect, test } from "vitest";
import { claimCoupon } from "./coupon/claim.ts";
import type { Discount } from "./coupon/discount.ts";
import type { Command, Decision, PointEntryRow } from "./decision.ts";
import { placeOrder } from "./order/place.ts";
import { restockProduct } from "./product/restock.ts";
import type { Refusal } from "./refusals.ts";
import type { Result } from "./result.ts";
import {
  aCampaign,
  aProduct,
  aShop,
  aWallet,
  frozen,
  justAfterNoon,
  justBeforeNoon,
  noon,
  settle,
  tomorrow,
  yesterday,
  type Shop,
} from "./testing/shop.ts";
import { chargeWallet } from "./wallet/charge.ts";
import { balanceMax } from "./wallet/policy.ts";

/*
 * What holds of the shop after any sequence of commands, decided one after the other as the shell
 * decides a group. The sequences are made to meet every refusal: unknown people and products,
 * amounts around every limit, moments around the edges of every period.
 */

interface Step {
  readonly command: Command<never, unknown>;
  readonly actorId: string;
  readonly at: string;
  readonly input: object;
}

const people = ["ada", "bob", "eve"];
const person = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...people) },
  { weight: 1, arbitrary: fc.constant("nobody") },
);
const productId = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("tea", "cups", "fan") },
  { weight: 1, arbitrary: fc.constant("unknown") },
);
const couponId = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("fixed", "percent") },
  { weight: 1, arbitrary: fc.constant("unknown") },
);
const moment = fc.oneof(
  { weight: 2, arbitrary: fc.constant(noon) },
  { weight: 1, arbitrary: fc.constantFrom(yesterday, justBeforeNoon, justAfterNoon, tomorrow) },
);
const item = fc.record({ productId, quantity: fc.integer({ min: 1, max: 6 }) });

const couponOf = (couponId: string, userId: string) => `${couponId} coupon of ${userId}`;

const stepOf = <Input extends object>(
  command: Command<Input, unknown>,
  inputOf: (actorId: string) => fc.Arbitrary<Input>,
): fc.Arbitrary<Step> =>
  person.chain((actorId) =>
    fc.record({
      command: fc.constant(command as never),
      actorId: fc.constant(actorId),
      at: moment,
      input: inputOf(actorId),
    }),
  );

const charge = stepOf(chargeWallet, () =>
  fc.record({
    amount: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1_000, max: 20_000 }) },
      { weight: 1, arbitrary: fc.constantFrom(-1_000, 0, 999, 10_000_000, 10_000_001) },
    ),
  }),
);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.option(arbitrary, { nil: undefined, freq: 3 });
const order = stepOf(placeOrder, (actorId) =>
  fc.record({
    items: fc.array(item, { minLength: 1, maxLength: 3 }),
    // Mostly one's own; whether it was issued, is over or used, is the sequence's affair.
    issuedCouponId: maybe(
      fc
        .tuple(couponId, fc.oneof({ weight: 5, arbitrary: fc.constant(actorId) }, person))
        .map(([of, by]) => couponOf(of, by)),
    ),
    expectedPaidAmount: fc.constantFrom(undefined, undefined, undefined, 0, 3_000),
  }),
);
const claim = stepOf(claimCoupon, () => fc.record({ couponId }));
const restock = stepOf(restockProduct, () =>
  fc.record({ productId, quantity: fc.integer({ min: 1, max: 5 }) }),
);
const step = fc.oneof(charge, order, order, claim, restock);

const discount: fc.Arbitrary<Discount> = fc.oneof(
  fc.record({ type: fc.constant("FIXED" as const), amount: fc.integer({ min: 1, max: 9_000 }) }),
  fc.record({
    type: fc.constant("PERCENT" as const),
    percent: fc.integer({ min: 1, max: 100 }),
    maxAmount: fc.option(fc.integer({ min: 1, max: 5_000 })),
  }),
);

const campaign = (couponId: string) =>
  fc.record({ discount, totalQuantity: fc.integer({ min: 1, max: 4 }) }).map((terms) =>
    aCampaign({
      couponId,
      ...terms,
      issueStartsAt: justBeforeNoon,
      issueEndsAt: tomorrow,
      validFrom: noon,
      validUntil: tomorrow,
    }),
  );

const shop = fc
  .record({
    balances: fc.tuple(fc.nat(90_000), fc.nat(90_000), fc.constant(balanceMax - 15_000)),
    prices: fc.tuple(fc.nat(2_000), fc.nat(5_000), fc.constant(0)),
    stocks: fc.tuple(fc.nat(90), fc.nat(90), fc.nat(90)),
    campaigns: fc.tuple(campaign("fixed"), campaign("percent")),
  })
  .map(({ balances, prices, stocks, campaigns }) =>
    aShop({
      wallets: people.map((userId, index) => aWallet({ userId, balance: balances[index]! })),
      products: ["tea", "cups", "fan"].map((productId, index) =>
        aProduct({ productId, price: prices[index]!, stock: stocks[index]! }),
      ),
      campaigns,
    }),
  );

type Decided = Result<Decision<unknown>, Refusal>;

/** `index` is the step's place in its sequence. */
const decide = (rows: Shop, { command, actorId, at, input }: Step, index: number): Decided => {
  const operationId =
    "couponId" in input ? couponOf(String(input.couponId), actorId) : `operation-${index}`;
  return command.decide(rows, { actorId, operationId, at, input: input as never });
};

/** Runs the steps one after the other, each on the shop as the one before it left it. */
const run = (shop: Shop, steps: readonly Step[]): Decided[] =>
  steps.map((step, index) => {
    const decided = decide(shop, step, index);
    if (decided.ok) settle(shop, decided.value.writes);
    return decided;
  });

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const holds = (promise: (shop: Shop, steps: readonly Step[]) => void) =>
  fc.assert(
    fc.property(shop, fc.array(step, { maxLength: 60, size: "max" }), promise),
    { numRuns: 150 },
  );

/** All rows of one kind that the decisions wrote, in order. */
const written = <Row>(
  decided: readonly Decided[],
  rowsOf: (writes: Decision<unknown>["writes"]) => readonly Row[] | undefined,
): Row[] => decided.flatMap((one) => (one.ok ? (rowsOf(one.value.writes) ?? []) : []));

test("money is conserved: what was there and came in, less what was paid, is there", () => {
  holds((shop, steps) => {
    const before = new Map(shop.wallets);
    const decided = run(shop, steps);
    const entries = written(decided, ({ newPointEntries }) => newPointEntries);
    const orders = written(decided, ({ newOrders }) => newOrders);
    for (const userId of people) {
      const charged = entries.filter((row) => row.userId === userId && row.type === "CHARGE");
      const paid = orders.filter((row) => row.userId === userId);
      expect(shop.wallets.get(userId)!.balance).toBe(
        before.get(userId)!.balance +
          sum(charged.map(({ amount }) => amount)) -
          sum(paid.map(({ paidAmount }) => paidAmount)),
      );
    }
  });
});

test("stock is conserved: what was there and came in, less what was sold, is there", () => {
  holds((shop, steps) => {
    const before = new Map(shop.products);
    const decided = run(shop, steps);
    const lines = written(decided, ({ newOrderLines }) => newOrderLines);
    const putIn = written(decided, ({ newStockEntries }) => newStockEntries);
    for (const { productId, stock } of shop.products.values()) {
      const quantityIn = (rows: readonly { productId: string; quantity: number }[]) =>
        sum(rows.filter((row) => row.productId === productId).map(({ quantity }) => quantity));
      expect(stock).toBe(before.get(productId)!.stock + quantityIn(putIn) - quantityIn(lines));
    }
  });
});

test("nothing is ever negative, no wallet passes its limit, no discount its total", () => {
  holds((shop, steps) => {
    for (const one of run(shop, steps)) {
      if (!one.ok) continue;
      const { wallets, products, newOrders, newPointEntries } = one.value.writes;
      for (const { balance } of wallets ?? []) {
        expect(balance).toBeGreaterThanOrEqual(0);
        expect(balance).toBeLessThanOrEqual(balanceMax);
      }
      for (const { stock } of products ?? []) expect(stock).toBeGreaterThanOrEqual(0);
      for (const { amount } of newPointEntries ?? []) expect(amount).toBeGreaterThanOrEqual(0);
      for (const { totalAmount, discountAmount, paidAmount } of newOrders ?? []) {
        expect(discountAmount).toBeGreaterThanOrEqual(0);
        expect(discountAmount).toBeLessThanOrEqual(totalAmount);
        expect(paidAmount).toBe(totalAmount - discountAmount);
      }
    }
  });
});

test("the entries of a wallet have no gap, and each tells the balance it left", () => {
  holds((shop, steps) => {
    const before = new Map(shop.wallets);
    const entries = written(run(shop, steps), ({ newPointEntries }) => newPointEntries);
    const signed = ({ type, amount }: PointEntryRow) => (type === "CHARGE" ? amount : -amount);
    for (const userId of people) {
      let { balance, seq } = before.get(userId)!;
      for (const entry of entries.filter((row) => row.userId === userId)) {
        expect(entry.seq).toBe(++seq);
        expect(entry.balanceAfter).toBe((balance += signed(entry)));
      }
      expect(shop.wallets.get(userId)).toEqual({ userId, balance, seq });
    }
  });
});

test("an order's total is the sum of its lines, and it has one line a product", () => {
  holds((shop, steps) => {
    for (const one of run(shop, steps)) {
      if (!one.ok || !one.value.writes.newOrders) continue;
      const lines = one.value.writes.newOrderLines!;
      const total = sum(lines.map(({ unitPrice, quantity }) => unitPrice * quantity));
      expect(one.value.writes.newOrders.map(({ totalAmount }) => totalAmount)).toEqual([total]);
      expect(new Set(lines.map(({ productId }) => productId)).size).toBe(lines.length);
    }
  });
});

test("coupons are numbered 1 to n without a gap, never more than the total, one a person", () => {
  holds((shop, steps) => {
    const issued = written(run(shop, steps), ({ newCoupons }) => newCoupons);
    for (const { couponId, totalQuantity, issuedQuantity } of shop.campaigns.values()) {
      const line = issued.filter((coupon) => coupon.couponId === couponId);
      expect(line.map(({ sequence }) => sequence)).toEqual(line.map((_, index) => index + 1));
      expect(new Set(line.map(({ userId }) => userId)).size).toBe(line.length);
      expect(issuedQuantity).toBe(line.length);
      expect(line.length).toBeLessThanOrEqual(totalQuantity);
    }
  });
});

test("a coupon is used at most once, by its owner, within its period", () => {
  holds((shop, steps) => {
    const orders = written(run(shop, steps), ({ newOrders }) => newOrders);
    const used = orders.filter(({ issuedCouponId }) => issuedCouponId !== null);
    expect(new Set(used.map(({ issuedCouponId }) => issuedCouponId)).size).toBe(used.length);
    for (const { orderId, userId, issuedCouponId, paidAt } of used) {
      const coupon = shop.issuedCoupons.get(issuedCouponId!)!;
      expect(coupon).toMatchObject({ userId, orderId });
      expect([noon, justAfterNoon]).toContain(paidAt);
    }
  });
});

test("a decision depends on its rows and its command alone, and changes neither", () => {
  holds((shop, steps) => {
    steps.forEach((step, index) => {
      const rows = structuredClone(shop);
      const decided = decide(frozen(rows), frozen(step), index);
      expect(rows).toEqual(shop);
      expect(decide(frozen(structuredClone(shop)), step, index)).toEqual(decided);
      if (decided.ok) settle(shop, decided.value.writes);
    });
  });
});

test("a refusal has a reason and no writes", () => {
  holds((shop, steps) => {
    for (const one of run(shop, steps))
      if (!one.ok) {
        expect(Object.keys(one).sort()).toEqual(["error", "ok"]);
        expect(Object.keys(one.error).sort()).toEqual(
          "details" in one.error ? ["details", "reason"] : ["reason"],
        );
      }
  });
});

test("a decision reads and writes only rows that its command touches", () => {
  holds((shop, steps) => {
    steps.forEach((step, index) => {
      const touched = step.command.touches(step.actorId, step.input as never);
      const only = <Row>(rows: ReadonlyMap<string, Row>, ids: readonly string[] = []) =>
        new Map([...rows].filter(([id]) => ids.includes(id)));
      const locked = {
        wallets: only(shop.wallets, touched.wallets),
        issuedCoupons: only(shop.issuedCoupons, touched.issuedCoupons),
        products: only(shop.products, touched.products),
        campaigns: only(shop.campaigns, touched.campaigns),
        holdings: touched.holdings ? shop.holdings : new Set<string>(),
      };
      const decided = decide(shop, step, index);
      expect(decide(locked, step, index)).toEqual(decided);
      if (!decided.ok) return;

      const { writes } = decided.value;
      for (const { userId } of writes.wallets ?? []) expect(touched.wallets).toContain(userId);
      for (const { productId } of writes.products ?? [])
        expect(touched.products).toContain(productId);
      for (const { couponId } of writes.campaigns ?? [])
        expect(touched.campaigns).toContain(couponId);
      for (const { issuedCouponId } of writes.usedCoupons ?? [])
        expect(touched.issuedCoupons).toContain(issuedCouponId);
      settle(shop, writes);
    });
  });
});

test("the sequences above meet every outcome there is, so their promises are not empty", () => {
  const outcomes = new Set<string>();
  holds((shop, steps) => {
    run(shop, steps).forEach((one, index) => {
      outcomes.add(`${steps[index]!.command.name} ${one.ok ? "done" : one.error.reason}`);
    });
  });
  expect([...outcomes].sort()).toEqual([
    "admin.product.restock PRODUCT_NOT_FOUND",
    "admin.product.restock done",
    "coupon.claim COUPON_ALREADY_ISSUED",
    "coupon.claim COUPON_NOT_FOUND",
    "coupon.claim COUPON_NOT_OPEN",
    "coupon.claim COUPON_SOLD_OUT",
    "coupon.claim done",
    "order.place COUPON_ALREADY_USED",
    "order.place COUPON_NOT_FOUND",
    "order.place COUPON_NOT_VALID_NOW",
    "order.place INSUFFICIENT_BALANCE",
    "order.place INSUFFICIENT_STOCK",
    "order.place PRICE_CHANGED",
    "order.place PRODUCT_NOT_FOUND",
    "order.place WALLET_NOT_FOUND",
    "order.place done",
    "wallet.charge BALANCE_LIMIT_EXCEEDED",
    "wallet.charge CHARGE_ABOVE_MAXIMUM",
    "wallet.charge CHARGE_BELOW_MINIMUM",
    "wallet.charge WALLET_NOT_FOUND",
    "wallet.charge done",
  ]);
});
