import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, newKey } from "../support/client.ts";
import { decent } from "../support/hostile.ts";
import { procedures, type Procedure } from "../support/procedures.ts";
import { seed } from "../support/seed.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

/*
 * Every procedure as everybody who may not: nobody, another user, a shopper at the office's door. The
 * procedures come from the router itself, so one that is added later is tried as well. What is
 * somebody else's and what does not exist are answered alike, in form and in time.
 */

let shop: Shop;
let alice: Person;
let bob: Person;
/** What belongs to Alice, by the name of the field that would ask for it. */
let alices: { orderId: string; issuedCouponId: string };
/** What anybody may name. */
let everybodys: { productId: string; couponId: string };

beforeAll(async () => {
  shop = await startShop();
  alice = await shop.shopper(1_000_000);
  bob = await shop.shopper(1_000_000);
  const { productId } = await shop.product({ stock: 10_000 });
  const { couponId } = await shop.campaign();
  const { issuedCouponId } = await alice.api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
  const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
  const { orderId } = await alice.api.order.place.mutate(order);
  alices = { orderId, issuedCouponId };
  everybodys = { productId, couponId };
  await shop.logWritten();
});
afterAll(() => shop[Symbol.asyncDispose]());

/** An id of the right form that names nothing. */
const nothing = "01900000-0000-7000-8000-000000000000";

/** An input that the procedure would carry out for somebody who may; `over` replaces fields. */
const inputFor = ({ path, input }: Procedure, over: object = {}): object | undefined => {
  const made = fc.sample(decent(input), { numRuns: 1, seed })[0];
  if (typeof made !== "object" || made === null || input.properties === undefined) return undefined;
  const known: Record<string, unknown> = { ...everybodys, ...alices, idempotencyKey: newKey() };
  const filled = Object.entries(made).map(([name, value]) => [name, known[name] ?? value] as const);
  const items = [{ productId: everybodys.productId, quantity: 1 }];
  const order = path === "order.place" ? { items, expectedPaidAmount: undefined } : {};
  return { ...Object.fromEntries(filled), cursor: undefined, ...order, ...over };
};

const call = async ({ path, type }: Procedure, input: object | undefined, token?: string) => {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const text = input === undefined ? "" : JSON.stringify(input);
  const url = `${shop.url}/trpc/${path}`;
  const startedAt = performance.now();
  const { status, text: body } = await (type === "query"
    ? shop.http.send(text ? `${url}?input=${encodeURIComponent(text)}` : url, { headers: authorization })
    : shop.http.send(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...authorization },
        body: text,
      }));
  const ms = performance.now() - startedAt;
  const answer = JSON.parse(body) as { error?: { data: Record<string, unknown>; message: string } };
  return { status, body, ms, error: answer.error };
};

/** An answer but for what differs between any two requests. */
const formOf = ({ status, error }: Awaited<ReturnType<typeof call>>) => {
  const { requestId: _, path: __, ...data } = error?.data ?? {};
  return { status, message: error?.message, data };
};

const of = (...access: Procedure["access"][]) => procedures.filter((each) => access.includes(each.access));
const named = (all: readonly Procedure[]) => all.map((each) => [each.path, each] as const);

test("the router has these procedures and no others: a new one is sorted in here", () => {
  const paths = (access: Procedure["access"]) => of(access).map(({ path }) => path).toSorted();
  expect(paths("public")).toEqual(["coupon.list", "product.byId", "product.list", "product.popular", "shop.clock"]);
  expect(paths("signed in").filter((path) => !/^(wallet|order|coupon)\./.test(path))).toEqual([]);
  expect(paths("admin").length).toBeGreaterThanOrEqual(6);
});

test("every procedure has a strict input and an output", () => {
  const lax = procedures.filter(({ input }) => {
    const forms = input.anyOf ?? [input];
    return forms.some((form) => form.type === "object" && !("additionalProperties" in form));
  });
  expect(lax.map(({ path }) => path)).toEqual([]);
});

describe("nobody", () => {
  const strangers = [undefined, "worn-out", nothing];

  test.each(named(of("signed in", "admin")))("%s: refused as for what does not exist", async (_path, procedure) => {
    const forms = [];
    for (const token of strangers)
      for (const input of [inputFor(procedure), inputFor(procedure, { orderId: nothing }), { nonsense: true }])
        forms.push(formOf(await call(procedure, input, token)));
    expect(new Set(forms.map((form) => JSON.stringify(form)))).toEqual(
      new Set([
        JSON.stringify({
          status: 401,
          message: "Sign in first: there is no valid session.",
          data: { code: "UNAUTHORIZED", httpStatus: 401, reason: "UNAUTHENTICATED", retry: "afterChange" },
        }),
      ]),
    );
  });
});

describe("a shopper", () => {
  test.each(named(of("admin")))("%s: FORBIDDEN, whatever is asked for", async (_path, procedure) => {
    const forms = [];
    for (const input of [inputFor(procedure), inputFor(procedure, { productId: nothing }), { nonsense: true }])
      forms.push(formOf(await call(procedure, input, bob.token)));
    for (const form of forms) {
      expect(form).toEqual(forms[0]);
      expect(form.status).toBe(403);
      expect(form.data).toEqual({ code: "FORBIDDEN", httpStatus: 403, reason: "FORBIDDEN", retry: "never" });
    }
  });
});

describe("another user", () => {
  const reads = of("signed in").filter(({ type }) => type === "query");

  test.each(named(reads))("%s shows nothing of Alice's", async (_path, procedure) => {
    const { body } = await call(procedure, inputFor(procedure), bob.token);
    for (const id of [alice.userId, ...Object.values(alices)]) expect(body).not.toContain(id);
    // The same asked by Alice does, or this test would see nothing.
    const own = await call(procedure, inputFor(procedure), alice.token);
    expect(own.status).toBe(200);
    expect(own.body.length).toBeGreaterThan(20);
  });

  const byId = of("signed in").flatMap((procedure) =>
    (["orderId", "issuedCouponId"] as const)
      .filter((field) => procedure.input.properties?.[field])
      .map((field) => [procedure.path, field, procedure] as const),
  );

  test("there are procedures that take an id of somebody's", () => {
    expect(byId.map(([path, field]) => `${path} ${field}`)).toEqual(
      expect.arrayContaining(["order.byId orderId", "order.place issuedCouponId"]),
    );
  });

  test.each(byId)("%s: Alice's %s and one that does not exist are the same", async (_path, field, procedure) => {
    const asked = (id: string) => call(procedure, inputFor(procedure, { [field]: id }), bob.token);
    const foreign = await asked(alices[field]);
    expect(foreign.status).toBe(404);
    expect(formOf(foreign)).toEqual(formOf(await asked(nothing)));
  });

  test.each(byId)("%s: nor does the time tell Alice's %s from nothing", async (_path, field, procedure) => {
    const asked = async (id: string) =>
      (await call(procedure, inputFor(procedure, { [field]: id }), bob.token)).ms;
    const foreign: number[] = [];
    const none: number[] = [];
    // By turns, so that a busy moment of the machine meets both.
    for (let round = 0; round < 100; round++) {
      foreign.push(await asked(alices[field]));
      none.push(await asked(nothing));
    }
    expect(Math.abs(median(foreign) - median(none))).toBeLessThan(3);
  });

  test.each(named(of("signed in")))("%s takes nobody's name from the input", async (_path, procedure) => {
    for (const field of ["userId", "actorId", "role"]) {
      const { status, error } = await call(procedure, { ...inputFor(procedure), [field]: alice.userId }, bob.token);
      expect(status).toBe(400);
      expect(error?.data["reason"]).toBe("INVALID_INPUT");
    }
  });

  test("a key that Alice has used is Bob's to use", async () => {
    const idempotencyKey = newKey();
    const charge = { amount: 5_000, idempotencyKey };
    const hers = await alice.api.wallet.charge.mutate(charge);
    const his = await bob.api.wallet.charge.mutate({ ...charge, amount: 7_000 });
    expect(hers.userId).toBe(alice.userId);
    expect(his.userId).toBe(bob.userId);
  });

  test("a batch as Bob is Bob in every place", async () => {
    const { text } = await shop.http.send(
      `${shop.url}/trpc/${Array(10).fill("wallet.balance").join(",")}?batch=1&input=%7B%7D`,
      { headers: { authorization: `Bearer ${bob.token}` } },
    );
    const answers = JSON.parse(text) as { result: { data: { userId: string } } }[];
    expect(new Set(answers.map(({ result }) => result.data.userId))).toEqual(new Set([bob.userId]));
  });

  test("a hundred at once by turns: each hears of their own", async () => {
    const people = Array.from({ length: 100 }, (_none, index) => (index % 2 ? alice : bob));
    const heard = await Promise.all(
      people.map(({ token }) => createClient(shop.http, shop.url, token).wallet.balance.query()),
    );
    expect(heard.map(({ userId }) => userId)).toEqual(people.map(({ userId }) => userId));
  });
});

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!;
