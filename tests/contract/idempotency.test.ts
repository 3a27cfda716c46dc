import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey, type Client } from "../support/client.ts";
import { answers, race, runners, tally } from "../support/race.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

// Two API processes: a repeat may come to either.
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ apis: 2 });
});
afterAll(() => shop[Symbol.asyncDispose]());

/** The bytes of an answer, as any program gets them. */
const post = async (person: Person, procedure: string, body: string, api = 0) => {
  const { status, text } = await shop.http.send(`${shop.apis[api]!.url}/trpc/${procedure}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${person.token}` },
    body,
  });
  return { status, text };
};
const balanceOf = async (person: Person) => (await person.api.wallet.balance.query()).balance;
const historyOf = async (person: Person) => {
  await shop.logWritten();
  return (await person.api.wallet.history.query()).items;
};

interface Intention {
  /** What the person does; each call of it is the same request once more. */
  readonly send: (client: Client) => Promise<unknown>;
  /** The same key with another input. */
  readonly sendOther: (client: Client) => Promise<unknown>;
}

/** One intention of each command, in a world of its own. */
const intentions: Record<string, () => Promise<{ person: Person } & Intention>> = {
  "wallet.charge": async () => {
    const idempotencyKey = newKey();
    return {
      person: await shop.shopper(5_000),
      send: ({ wallet }) => wallet.charge.mutate({ amount: 1_000, idempotencyKey }),
      sendOther: ({ wallet }) => wallet.charge.mutate({ amount: 1_001, idempotencyKey }),
    };
  },
  "order.place": async () => {
    const idempotencyKey = newKey();
    const { productId } = await shop.product();
    const order = (quantity: number) => ({ items: [{ productId, quantity }], idempotencyKey });
    return {
      person: await shop.shopper(5_000),
      send: ({ order: { place } }) => place.mutate(order(2)),
      sendOther: ({ order: { place } }) => place.mutate(order(1)),
    };
  },
  "coupon.claim": async () => {
    const idempotencyKey = newKey();
    const [one, other] = [await shop.campaign(), await shop.campaign()];
    return {
      person: await shop.shopper(),
      send: ({ coupon }) => coupon.claim.mutate({ couponId: one.couponId, idempotencyKey }),
      sendOther: ({ coupon }) => coupon.claim.mutate({ couponId: other.couponId, idempotencyKey }),
    };
  },
  "admin.product.restock": async () => {
    const idempotencyKey = newKey();
    const { productId } = await shop.product();
    const restock = (quantity: number) => ({ productId, quantity, idempotencyKey });
    return {
      person: await shop.admin(),
      send: ({ admin }) => admin.product.restock.mutate(restock(3)),
      sendOther: ({ admin }) => admin.product.restock.mutate(restock(4)),
    };
  },
};

/** Everything a second effect would change. */
const world = async () => {
  const [row] = await shop.sql`
    select (select sum(balance) from wallets) as money, (select sum(stock) from products) as stock,
      (select count(*) from orders) as orders, (select count(*) from issued_coupons) as coupons,
      (select count(*) from idempotency_keys) as keys,
      (select count(*) from stock_entries) as put_in,
      (select count(*) from point_log) + (select count(*) from outbox) as entries`;
  return row;
};

describe.each(Object.keys(intentions))("%s", (name) => {
  const intend = () => intentions[name]!();

  test("sent again, to either process, answers the first answer field for field", async () => {
    const { person, send } = await intend();
    const first = await send(person.apis[0]!);
    const after = await world();
    for (const client of [...person.apis, ...person.apis, ...person.apis])
      expect(await send(client)).toEqual(first);
    expect(await world()).toEqual(after);
  });

  test("with another input is IDEMPOTENCY_KEY_REUSED, and nothing happens", async () => {
    const { person, send, sendOther } = await intend();
    const first = await send(person.apis[0]!);
    const after = await world();
    for (const client of person.apis)
      await expectRefused(sendOther(client), "IDEMPOTENCY_KEY_REUSED");
    expect(await world()).toEqual(after);
    expect(await send(person.apis[1]!)).toEqual(first);
  });

  test("two at once with one key: both are answered the same, one effect", async () => {
    const { person, send } = await intend();
    const before = await world();
    const outcomes = await race(person.apis, send);
    expect(tally(outcomes)).toEqual({ OK: 2 });
    const [first, second] = answers(outcomes);
    expect(second).toEqual(first);
    expect(Number((await world())?.["keys"]) - Number(before?.["keys"])).toBe(1);
  });

  test("200 at once with one key, over both processes: one effect, one answer", async () => {
    const { person, send } = await intend();
    const before = await world();
    const outcomes = await race(runners(200), (runner) => send(person.apis[runner % 2]!));
    expect(tally(outcomes)).toEqual({ OK: 200 });
    const [first, ...others] = answers(outcomes);
    for (const other of others) expect(other).toEqual(first);
    expect(Number((await world())?.["keys"]) - Number(before?.["keys"])).toBe(1);
    await shop.audit();
  });

  test("two inputs race for one key: one is carried out, the other refused", async () => {
    const { person, send, sendOther } = await intend();
    const before = await world();
    const outcomes = await race(runners(40), (runner) =>
      (runner % 2 === 0 ? send : sendOther)(person.apis[runner % 4 < 2 ? 0 : 1]!),
    );
    expect(tally(outcomes)).toEqual({ OK: 20, IDEMPOTENCY_KEY_REUSED: 20 });
    const winners = outcomes.flatMap(({ ending }, runner) => (ending === "OK" ? [runner % 2] : []));
    expect(new Set(winners).size).toBe(1);
    const [first, ...others] = answers(outcomes);
    for (const other of others) expect(other).toEqual(first);
    expect(Number((await world())?.["keys"]) - Number(before?.["keys"])).toBe(1);
    await shop.audit();
  });

  test("the answer outlives the processes that gave it", async () => {
    const { person, send } = await intend();
    const first = await send(person.apis[0]!);
    await shop.apis[0]!.stop();
    await shop.apis[0]!.start();
    expect(await send(person.apis[0]!)).toEqual(first);
    await shop.apis[0]!.kill();
    expect(await send(person.apis[1]!)).toEqual(first);
    await shop.apis[0]!.start();
    expect(await send(person.apis[0]!)).toEqual(first);
  });

  test.each([
    "short-7",
    "x".repeat(129),
    "",
    "with space",
    "ключ-ключ",
    "semi;colon",
    "dotted.key",
    "new-line\n",
    "12345678\u0000",
    12_345_678,
    null,
    undefined,
    ["12345678"],
  ])("the key %j is INVALID_INPUT", async (idempotencyKey) => {
    const { person } = await intend();
    const ids = { couponId: "x", amount: 1_000, items: [], productId: "x", quantity: 1 };
    const fields: Record<string, (keyof typeof ids)[]> = {
      "wallet.charge": ["amount"],
      "order.place": [],
      "coupon.claim": ["couponId"],
      "admin.product.restock": ["productId", "quantity"],
    };
    const input = {
      ...Object.fromEntries(fields[name]!.map((field) => [field, ids[field]])),
      ...(name === "order.place" && { items: [{ productId: "x", quantity: 1 }] }),
      idempotencyKey,
    };
    const { status, text } = await post(person, name, JSON.stringify(input));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { data: { reason: "INVALID_INPUT", issues: [{ path: ["idempotencyKey"] }] } },
    });
  });
});

test.each(["12345678", "x".repeat(128), "A-Z_a-z_0-9", "--------", "toString", "__proto__"])(
  "the key %j is a key like any other",
  async (idempotencyKey) => {
    const shopper = await shop.shopper();
    const { userId } = shopper;
    for (const client of shopper.apis)
      expect(await client.wallet.charge.mutate({ amount: 1_000, idempotencyKey })).toEqual({
        userId,
        balance: 1_000,
      });
  },
);

describe("what is the same input", () => {
  test("the order of the keys makes no difference", async () => {
    const shopper = await shop.shopper(10_000);
    const { productId } = await shop.product({ price: 1_000 });
    const key = newKey();
    const [product, named] = [`"productId":"${productId}"`, `"idempotencyKey":"${key}"`];
    const texts = [
      `{"items":[{${product},"quantity":1}],"expectedPaidAmount":1000,${named}}`,
      `{${named},"expectedPaidAmount":1000,"items":[{"quantity":1,${product}}]}`,
      `{ "expectedPaidAmount" : 1e3, ${named},\n"items":[{"quantity":1.0,${product}}]}`,
    ];
    const first = await post(shopper, "order.place", texts[0]!);
    expect(first.status).toBe(200);
    for (const text of texts)
      for (const api of [0, 1])
        expect(await post(shopper, "order.place", text, api)).toEqual(first);
    expect(await balanceOf(shopper)).toBe(9_000);
  });

  test("an optional field left out or undefined is the same, with a value it is not", async () => {
    const shopper = await shop.shopper(10_000);
    const { productId } = await shop.product({ price: 1_000 });
    const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
    const place = shopper.api.order.place;
    const first = await place.mutate(order);
    const withUndefined = { ...order, issuedCouponId: undefined, expectedPaidAmount: undefined };
    expect(await place.mutate(withUndefined as typeof order)).toEqual(first);
    await expectRefused(
      place.mutate({ ...order, expectedPaidAmount: 1_000 }),
      "IDEMPOTENCY_KEY_REUSED",
    );
    await expectRefused(
      place.mutate({ ...order, issuedCouponId: "unknown" }),
      "IDEMPOTENCY_KEY_REUSED",
    );
  });

  test("items in another order, merged or split, are another input", async () => {
    const shopper = await shop.shopper(100_000);
    const [a, b] = [await shop.product(), await shop.product()];
    const one = { productId: a.productId, quantity: 1 };
    const two = { productId: b.productId, quantity: 2 };
    const idempotencyKey = newKey();
    const place = shopper.api.order.place;
    await place.mutate({ items: [one, two], idempotencyKey });
    const half = { ...two, quantity: 1 };
    for (const items of [[two, one], [one], [one, half, half]])
      await expectRefused(place.mutate({ items, idempotencyKey }), "IDEMPOTENCY_KEY_REUSED");
    expect(await balanceOf(shopper)).toBe(97_000);
  });

  test("an input that is no input is INVALID_INPUT, also under a bound key", async () => {
    const shopper = await shop.shopper();
    const idempotencyKey = newKey();
    await shopper.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey });
    await expectRefused(
      shopper.api.wallet.charge.mutate({ amount: 1_000.5, idempotencyKey }),
      "INVALID_INPUT",
      { issues: [{ path: ["amount"], message: expect.any(String) }] },
    );
  });

  test("under a bound key, what would be refused anyway is IDEMPOTENCY_KEY_REUSED", async () => {
    const shopper = await shop.shopper();
    const idempotencyKey = newKey();
    const { charge } = shopper.api.wallet;
    await charge.mutate({ amount: 1_000, idempotencyKey });
    for (const amount of [999, 10_000_001])
      await expectRefused(charge.mutate({ amount, idempotencyKey }), "IDEMPOTENCY_KEY_REUSED");
  });
});

describe("a key belongs to one user and one procedure", () => {
  test("the same key of two users is two keys", async () => {
    const [one, other] = await shop.shoppers(2);
    const idempotencyKey = newKey();
    for (const { userId, api } of [one!, other!])
      expect(await api.wallet.charge.mutate({ amount: 1_000, idempotencyKey })).toEqual({
        userId,
        balance: 1_000,
      });
    expect(await other!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey })).toEqual({
      userId: other!.userId,
      balance: 1_000,
    });
  });

  test("the same key in every procedure is a key of its own in each", async () => {
    const admin = await shop.admin();
    const idempotencyKey = newKey();
    const { productId } = await shop.product({ price: 1_000, stock: 5 });
    const { couponId } = await shop.campaign();
    const { balance } = await admin.api.wallet.balance.query();
    const charge = { amount: 9_000, idempotencyKey };
    const charged = await admin.api.wallet.charge.mutate(charge);
    expect(charged.balance).toBe(balance + 9_000);
    const items = [{ productId, quantity: 1 }];
    const placed = await admin.api.order.place.mutate({ items, idempotencyKey });
    expect(placed.balance).toBe(balance + 8_000);
    const claimed = await admin.api.coupon.claim.mutate({ couponId, idempotencyKey });
    expect(claimed.sequence).toBe(1);
    const restock = { productId, quantity: 2, idempotencyKey };
    const stocked = await admin.api.admin.product.restock.mutate(restock);
    expect(stocked.stock).toBe(6);
    // And each replays its own.
    expect(await admin.api.wallet.charge.mutate(charge)).toEqual(charged);
    expect(await admin.api.order.place.mutate({ items, idempotencyKey })).toEqual(placed);
    expect(await admin.api.coupon.claim.mutate({ couponId, idempotencyKey })).toEqual(claimed);
    expect(await admin.api.admin.product.restock.mutate(restock)).toEqual(stocked);
  });

  test("a key works in every session of its user", async () => {
    const shopper = await shop.shopper();
    const [session] = await shop.sql<{ token: string }[]>`
      insert into sessions (id, user_id, token, expires_at)
      values (gen_random_uuid(), ${shopper.userId}, ${newKey()}, now() + interval '1 hour')
      returning token`;
    const input = { amount: 1_000, idempotencyKey: newKey() };
    const first = await shopper.api.wallet.charge.mutate(input);
    const elsewhere = { ...shopper, token: session!.token };
    const again = await post(elsewhere, "wallet.charge", JSON.stringify(input));
    expect(JSON.parse(again.text)).toEqual({ result: { data: first } });
  });
});

describe("the first answer stays the answer, whatever became of the world", () => {
  test("when the balance has moved on", async () => {
    const shopper = await shop.shopper();
    const input = { amount: 1_000, idempotencyKey: newKey() };
    const first = await shopper.api.wallet.charge.mutate(input);
    await shopper.api.wallet.charge.mutate({ amount: 5_000, idempotencyKey: newKey() });
    expect(await shopper.api.wallet.charge.mutate(input)).toEqual(first);
    expect(first.balance).toBe(1_000);
    expect((await historyOf(shopper)).map(({ amount }) => amount)).toEqual([5_000, 1_000]);
  });

  test("when the price has changed, the stock is gone and the wallet empty", async () => {
    const shopper = await shop.shopper(10_000);
    const { productId } = await shop.product({ price: 5_000, stock: 2 });
    const order = {
      items: [{ productId, quantity: 1 }],
      expectedPaidAmount: 5_000,
      idempotencyKey: newKey(),
    };
    const first = await shopper.api.order.place.mutate(order);
    await shopper.api.order.place.mutate({ ...order, idempotencyKey: newKey() });
    const { api } = await shop.admin();
    await api.admin.product.update.mutate({ productId, price: 9_000, name: "Dearer" });
    for (const client of shopper.apis)
      expect(await client.order.place.mutate(order)).toEqual(first);
    expect(await balanceOf(shopper)).toBe(0);
    expect((await shopper.api.order.list.query()).items.length).toBe(2);
  });

  test("when the coupon has been used and the campaign is sold out", async () => {
    const shopper = await shop.shopper(10_000);
    const { couponId } = await shop.campaign({ totalQuantity: 1 });
    const { productId } = await shop.product();
    const input = { couponId, idempotencyKey: newKey() };
    const claimed = await shopper.api.coupon.claim.mutate(input);
    const order = {
      items: [{ productId, quantity: 1 }],
      issuedCouponId: claimed.issuedCouponId,
      idempotencyKey: newKey(),
    };
    const placed = await shopper.api.order.place.mutate(order);
    for (const client of shopper.apis) {
      const late = client.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
      await expectRefused(late, "COUPON_ALREADY_ISSUED");
      expect(await client.coupon.claim.mutate(input)).toEqual(claimed);
      expect(await client.order.place.mutate(order)).toEqual(placed);
    }
    expect(claimed.status).toBe("ISSUED");
    expect((await shopper.api.coupon.mine.query()).items).toMatchObject([{ status: "USED" }]);
  });

  test("when the issue period is over", async () => {
    const shopper = await shop.shopper();
    const ends = Date.now() + 2_500;
    const issueEndsAt = new Date(ends).toISOString();
    const { couponId } = await shop.campaign({ issueEndsAt });
    const input = { couponId, idempotencyKey: newKey() };
    const claimed = await shopper.api.coupon.claim.mutate(input);
    await expect.poll(() => Date.now() > ends, { timeout: 5_000 }).toBe(true);
    for (const client of shopper.apis)
      expect(await client.coupon.claim.mutate(input)).toEqual(claimed);
  });
});

describe("a refusal binds nothing and writes nothing", () => {
  test("an order that was too dear is paid with the same key after a top-up", async () => {
    const shopper = await shop.shopper(1_000);
    const { productId } = await shop.product({ price: 3_000 });
    const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
    const before = await world();
    for (const client of shopper.apis)
      await expectRefused(client.order.place.mutate(order), "INSUFFICIENT_BALANCE", {
        details: { required: 3_000, balance: 1_000 },
      });
    expect(await world()).toEqual(before);
    await shopper.api.wallet.charge.mutate({ amount: 2_000, idempotencyKey: newKey() });
    const placed = await shopper.api.order.place.mutate(order);
    expect(placed).toMatchObject({ paidAmount: 3_000, balance: 0 });
    expect(await shopper.api.order.place.mutate(order)).toEqual(placed);
  });

  test("a key that was refused may be used for another input", async () => {
    const shopper = await shop.shopper();
    const idempotencyKey = newKey();
    const { charge } = shopper.api.wallet;
    await expectRefused(charge.mutate({ amount: 1, idempotencyKey }), "CHARGE_BELOW_MINIMUM", {
      details: { minimum: 1_000 },
    });
    const charged = await charge.mutate({ amount: 1_000, idempotencyKey });
    expect(charged.balance).toBe(1_000);
  });

  test("a claim that came too early is granted with its key once the campaign opens", async () => {
    const shopper = await shop.shopper();
    const starts = Date.now() + 2_000;
    const issueStartsAt = new Date(starts).toISOString();
    const { couponId } = await shop.campaign({ issueStartsAt });
    const input = { couponId, idempotencyKey: newKey() };
    await expectRefused(shopper.api.coupon.claim.mutate(input), "COUPON_NOT_OPEN");
    await expect.poll(() => Date.now() >= starts, { timeout: 5_000, interval: 5 }).toBe(true);
    expect(await shopper.api.coupon.claim.mutate(input)).toMatchObject({ sequence: 1 });
  });

  test("200 refused at once with one key are each refused, and write nothing", async () => {
    const shopper = await shop.shopper(1_000);
    const { productId } = await shop.product({ price: 3_000 });
    const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
    const before = await world();
    const outcomes = await race(runners(200), (runner) =>
      shopper.apis[runner % 2]!.order.place.mutate(order),
    );
    expect(tally(outcomes)).toEqual({ INSUFFICIENT_BALANCE: 200 });
    expect(await world()).toEqual(before);
  });
});

test("a claim with another key is COUPON_ALREADY_ISSUED, and that key stays free", async () => {
  const shopper = await shop.shopper();
  const [one, other] = [await shop.campaign(), await shop.campaign()];
  const first = { couponId: one.couponId, idempotencyKey: newKey() };
  const claimed = await shopper.api.coupon.claim.mutate(first);
  const idempotencyKey = newKey();
  const again = shopper.api.coupon.claim.mutate({ couponId: one.couponId, idempotencyKey });
  await expectRefused(again, "COUPON_ALREADY_ISSUED");
  expect(await shopper.api.coupon.claim.mutate(first)).toEqual(claimed);
  expect(
    await shopper.api.coupon.claim.mutate({ couponId: other.couponId, idempotencyKey }),
  ).toMatchObject({ couponId: other.couponId, sequence: 1 });
});

test("one key for two campaigns at once, of twenty people: one coupon each", async () => {
  const [one, other] = [await shop.campaign(), await shop.campaign()];
  const people = await shop.shoppers(20);
  const outcomes = await race(runners(40), (runner) => {
    const person = people[runner >> 1]!;
    return person.apis[runner % 2]!.coupon.claim.mutate({
      couponId: (runner % 2 === 0 ? one : other).couponId,
      idempotencyKey: "one-key-for-both",
    });
  });
  expect(tally(outcomes)).toEqual({ OK: 20, IDEMPOTENCY_KEY_REUSED: 20 });
  for (const { api } of people)
    expect((await api.coupon.mine.query()).items.length).toBe(1);
  await shop.audit();
});
