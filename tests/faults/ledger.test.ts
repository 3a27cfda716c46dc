import { beforeEach, describe, expect, test } from "vitest";
import {
  keyOf,
  openLedger,
  readBooks,
  type Bound,
  type Books,
  type Intention,
  type Ledger,
} from "../support/ledger.ts";
import { startShop } from "../support/shop.ts";

/* The judge of all fault tests has to be one who notices: each lie is planted once. */

const charge: Intention = {
  userId: "mina",
  procedure: "wallet.charge",
  input: { amount: 1_000, idempotencyKey: "charge-1" },
};
const order: Intention = {
  userId: "mina",
  procedure: "order.place",
  input: { items: [{ productId: "tea", quantity: 2 }], idempotencyKey: "order-1" },
};
const charged = { userId: "mina", balance: 6_000 };
const ordered = { orderId: "1", paidAmount: 400, balance: 5_600 };

const effects = { entries: 0, orders: 0, coupons: 0, stockEntries: 0 };
const before: Books = {
  balances: new Map([["mina", 5_000]]),
  stocks: new Map([["tea", 10]]),
  issued: new Map([["opening", 3]]),
  bound: new Map(),
};
const boundCharge: Bound = { reply: charged, effects: { ...effects, entries: 1 } };
const boundOrder: Bound = { reply: ordered, effects: { ...effects, entries: 1, orders: 1 } };
/** The books after the charge, or as a test wants them. */
const books = (over: Partial<Books> = {}): Books => ({
  ...before,
  balances: new Map([["mina", 6_000]]),
  bound: new Map([[keyOf(charge), boundCharge]]),
  ...over,
});

let ledger: Ledger;
let clock = 0;
beforeEach(() => {
  clock = 0;
  ledger = openLedger(() => clock);
});

const done = (reply: object) => ({ status: "done", reply: reply as Record<string, unknown> }) as const;
const unknown = { status: "unknown", why: "lost" } as const;
const refused = { status: "refused", reason: "INSUFFICIENT_BALANCE" } as const;
const found = (after: Books) => ledger.violations(before, after);

describe("nothing is found", () => {
  test("when what was answered is there, once, and all amounts follow from it", () => {
    ledger.send(charge)(done(charged));
    ledger.send(order)(done(ordered));
    const after = books({
      balances: new Map([["mina", 5_600]]),
      stocks: new Map([["tea", 8]]),
      bound: new Map([
        [keyOf(charge), boundCharge],
        [keyOf(order), boundOrder],
      ]),
    });
    expect(found(after)).toEqual([]);
  });

  test("when it took three sendings, two of them without an answer", () => {
    for (const told of [unknown, unknown, done(charged)]) ledger.send(charge)(told);
    expect(found(books())).toEqual([]);
    expect(ledger.figures()).toMatchObject({ intentions: 1, sendings: 3, done: 1, onceUnknown: 1 });
  });

  test("when what was refused is not there", () => {
    ledger.send(charge)(refused);
    expect(found(before)).toEqual([]);
    expect(ledger.figures()).toMatchObject({ refused: 1, done: 0 });
  });
});

test("of two at once one may be refused, and heard after the other was carried out", () => {
  const [first, second] = [ledger.send(charge), ledger.send(charge)];
  second(done(charged));
  first(refused);
  expect(found(books())).toEqual([]);
});

describe("it is found when", () => {
  test("an answer is not in the books", () => {
    ledger.send(charge)(done(charged));
    expect(found(before)).toEqual([
      expect.stringMatching(/charge-1 was answered .* and is not there/),
      expect.stringMatching(/balances of mina: 5000 instead of 6000/),
    ]);
  });

  test("an answer is there twice", () => {
    ledger.send(charge)(done(charged));
    const twice = { ...boundCharge, effects: { ...effects, entries: 2 } };
    expect(found(books({ bound: new Map([[keyOf(charge), twice]]) }))).toEqual([
      expect.stringMatching(/what it left is .*"entries":2/),
    ]);
  });

  test("an order has left its entry and no order", () => {
    ledger.send(order)(done(ordered));
    const half = { ...boundOrder, effects: { ...effects, entries: 1 } };
    const after = {
      ...before,
      balances: new Map([["mina", 4_600]]),
      stocks: new Map([["tea", 8]]),
      bound: new Map([[keyOf(order), half]]),
    };
    expect(found(after)).toEqual([expect.stringMatching(/what it left is .*"orders":0/)]);
  });

  test("the shop remembers another answer than it gave", () => {
    ledger.send(charge)(done(charged));
    const other = { ...boundCharge, reply: { ...charged, balance: 7_000 } };
    expect(found(books({ bound: new Map([[keyOf(charge), other]]) }))).toEqual([
      expect.stringMatching(/the shop remembers .*7000/),
    ]);
  });

  test("a second sending is answered otherwise, be it by one field", () => {
    ledger.send(charge)(done(charged));
    ledger.send(charge)(done({ ...charged, more: 1 }));
    expect(found(books())).toEqual([expect.stringMatching(/was answered .* and then .*more/)]);
  });

  test("what was carried out is refused when it is sent again", () => {
    ledger.send(charge)(done(charged));
    ledger.send(charge)({ status: "refused", reason: "IDEMPOTENCY_KEY_REUSED" });
    expect(found(books())).toEqual([
      expect.stringMatching(/carried out and then refused: IDEMPOTENCY_KEY_REUSED/),
    ]);
  });

  test("a refusal has left something", () => {
    ledger.send(charge)(refused);
    expect(found(books())).toEqual([
      expect.stringMatching(/was never answered and is there/),
      expect.stringMatching(/balances of mina: 6000 instead of 5000/),
    ]);
  });

  test("a client never learns what became of it", () => {
    ledger.send(charge)(unknown);
    expect(found(before)).toEqual([expect.stringMatching(/never learnt/)]);
  });

  test("an amount moved that no answer explains", () => {
    ledger.send(charge)(done(charged));
    expect(found(books({ stocks: new Map([["tea", 9]]), issued: new Map([["opening", 4]]) }))).toEqual([
      "stocks of tea: 9 instead of 10",
      "issued of opening: 4 instead of 3",
    ]);
  });
});

describe("a refusal settles nothing", () => {
  test("as long as an earlier sending may still be carried out", () => {
    ledger.send(charge)(unknown);
    ledger.send(charge)(refused);
    expect(ledger.unsettled()).toHaveLength(1);
    ledger.send(charge)(done(charged));
    expect(ledger.unsettled()).toHaveLength(0);
    expect(found(books())).toEqual([]);
  });

  test("that came while another sending was on its way", () => {
    const first = ledger.send(charge);
    const second = ledger.send(charge);
    second(refused);
    first(unknown);
    expect(ledger.unsettled()).toHaveLength(1);
    expect(ledger.figures().atOnce).toBe(0);
  });

  test("until the shop is at rest: then the next one does", () => {
    ledger.send(charge)(unknown);
    ledger.atRest();
    ledger.send(charge)(refused);
    expect(ledger.unsettled()).toHaveLength(0);
    expect(found(before)).toEqual([]);
  });
});

test("the figures tell the slowest sending, all endings, and what was answered twice at once", () => {
  const [first, second] = [ledger.send(charge), ledger.send(charge)];
  clock = 70;
  first(done(charged));
  clock = 90;
  second(done(charged));
  ledger.send(order)({ status: "unknown", why: "OVERLOADED" });
  expect(ledger.figures()).toMatchObject({
    atOnce: 1,
    slowestMs: 90,
    endings: { done: 2, OVERLOADED: 1 },
  });
});

test("the books of a real shop say of each kind of command exactly what it did", async () => {
  await using shop = await startShop();
  const { userId, api } = await shop.shopper(5_000);
  const admin = await shop.admin();
  const { productId } = await shop.product({ price: 200, stock: 10 });
  const { couponId } = await shop.campaign();
  const start = await readBooks(shop.sql, "real-");
  expect(start.bound.size).toBe(0);
  const real = openLedger();
  const send = async (
    who: string,
    procedure: Intention["procedure"],
    input: Intention["input"],
    answer: Promise<object>,
  ) => real.send({ userId: who, procedure, input })(done(await answer));

  const chargeInput = { amount: 3_000, idempotencyKey: "real-charge" };
  await send(userId, "wallet.charge", chargeInput, api.wallet.charge.mutate(chargeInput));
  const claimInput = { couponId, idempotencyKey: "real-claim" };
  await send(userId, "coupon.claim", claimInput, api.coupon.claim.mutate(claimInput));
  const orderInput = { items: [{ productId, quantity: 3 }], idempotencyKey: "real-order" };
  await send(userId, "order.place", orderInput, api.order.place.mutate(orderInput));
  const restockInput = { productId, quantity: 5, idempotencyKey: "real-restock" };
  const restocked = admin.api.admin.product.restock.mutate(restockInput);
  await send(admin.userId, "admin.product.restock", restockInput, restocked);

  const after = await readBooks(shop.sql, "real-");
  expect(real.violations(start, after)).toEqual([]);
  // Somebody else's charge is seen in the totals, as this ledger knows nothing of it.
  await api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: "other-charge" });
  expect(real.violations(start, await readBooks(shop.sql, "real-"))).toEqual([
    `balances of ${userId}: 8400 instead of 7400`,
  ]);
});
