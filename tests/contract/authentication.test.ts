import type { OutgoingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, newKey, type Client } from "../support/client.ts";
import { answers, race, runners, tally } from "../support/race.ts";
import { errorTable, expectRefused } from "../support/refused.ts";
import { startShop, type Shop } from "../support/shop.ts";
import { anId } from "../support/values.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ apis: 2 });
});
afterAll(() => shop[Symbol.asyncDispose]());

const password = "correct horse battery";
let signUps = 0;
const newEmail = () => `shopper-${(signUps += 1)}@stampede.test`;

const auth = async (path: string, body?: object, headers: OutgoingHttpHeaders = {}) => {
  const answered = await shop.http.send(`${shop.url}/api/auth/${path}`, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    // better-auth wants to know where a request with a cookie comes from, as browsers say.
    headers: { "content-type": "application/json", origin: shop.url, ...headers },
  });
  const json = answered.text === "" ? undefined : (JSON.parse(answered.text) as unknown);
  const cookies = answered.headers["set-cookie"] ?? [];
  return { ...answered, json, cookie: cookies.map((line) => line.split(";")[0]).join("; ") };
};

interface SignedIn {
  readonly token: string;
  readonly user: { readonly id: string };
}
const signUp = async (email = newEmail()) => {
  const answered = await auth("sign-up/email", { name: "Shopper", email, password });
  expect(answered.status).toBe(200);
  const { token, user } = answered.json as SignedIn;
  return { email, token, userId: user.id, cookie: answered.cookie, headers: answered.headers };
};

/** Asks for the balance with these headers, as a program without our client would. */
const balanceWith = async (headers: OutgoingHttpHeaders, api = 0) => {
  const url = `${shop.apis[api]!.url}/trpc/wallet.balance`;
  const { status, text } = await shop.http.send(url, { headers });
  return { status, json: JSON.parse(text) as unknown };
};
const [unauthorized, , retry] = errorTable.UNAUTHENTICATED;
const nobody = {
  status: 401,
  json: {
    error: {
      code: -32001,
      message: expect.any(String),
      data: {
        code: unauthorized,
        httpStatus: 401,
        path: "wallet.balance",
        reason: "UNAUTHENTICATED",
        requestId: anId,
        retry,
      },
    },
  },
};
const balanceOf = (userId: string, balance = 0) => ({
  status: 200,
  json: { result: { data: { userId, balance } } },
});

const signedInCalls: Record<string, (client: Client) => Promise<unknown>> = {
  "wallet.balance": ({ wallet }) => wallet.balance.query(),
  "wallet.charge": ({ wallet }) =>
    wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() }),
  "wallet.history": ({ wallet }) => wallet.history.query(),
  "order.place": ({ order }) =>
    order.place.mutate({ items: [{ productId: "x", quantity: 1 }], idempotencyKey: newKey() }),
  "order.list": ({ order }) => order.list.query(),
  "order.byId": ({ order }) => order.byId.query({ orderId: "x" }),
  "coupon.claim": ({ coupon }) =>
    coupon.claim.mutate({ couponId: "x", idempotencyKey: newKey() }),
  "coupon.mine": ({ coupon }) => coupon.mine.query(),
};

describe("without a session", () => {
  test.each(Object.keys(signedInCalls))("%s is UNAUTHENTICATED", async (name) => {
    await expectRefused(signedInCalls[name]!(shop.visitor), "UNAUTHENTICATED");
    const worn = createClient(shop.http, shop.url, "worn-out");
    await expectRefused(signedInCalls[name]!(worn), "UNAUTHENTICATED");
  });

  test("nobody learns what was wrong with the input", async () => {
    await expectRefused(shop.visitor.wallet.charge.mutate({} as never), "UNAUTHENTICATED");
    const answered = await shop.http.send(`${shop.url}/trpc/wallet.charge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{ not json",
    });
    expect(answered.status).toBe(401);
  });

  test("a token that is none is UNAUTHENTICATED, whatever it looks like", async () => {
    const { token } = await shop.shopper();
    const authorizations = [
      "",
      "Bearer",
      "Bearer ",
      "Bearer  ",
      token,
      `Basic ${token}`,
      `Token ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Bearer ${token} ${token}`,
      `Bearer ${token.toUpperCase()}!`,
      "Bearer null",
      "Bearer undefined",
      "Bearer ' or 1=1 --",
      "Bearer '; drop table users; --",
      'Bearer {"a":1}',
      "Bearer {}",
      "Bearer {NULL}",
      'Bearer ","',
      "Bearer \\",
      'Bearer \\"',
      "Bearer %00",
      "Bearer \u00ff\u00fe",
      `Bearer ${"x".repeat(8_000)}`,
      "Bearer .",
      "Bearer a.b",
      `Bearer ${token}.`,
      `Bearer ${token}.AAAA`,
      "Bearer %E0%A4%A.x",
    ];
    for (const authorization of authorizations)
      expect(await balanceWith({ authorization }), authorization).toEqual(nobody);
  });

  test("a user's id is no token", async () => {
    const { userId } = await shop.shopper();
    expect(await balanceWith({ authorization: `Bearer ${userId}` })).toEqual(nobody);
  });
});

describe("sign-up", () => {
  test("makes the user, an empty wallet and a session that is good at once", async () => {
    const { userId, token, cookie } = await signUp();
    for (const api of [0, 1]) {
      const authorization = `Bearer ${token}`;
      expect(await balanceWith({ authorization }, api)).toEqual(balanceOf(userId));
      expect(await balanceWith({ cookie }, api)).toEqual(balanceOf(userId));
    }
    const rows = await shop.sql`
      select users.role, wallets.balance::int, wallets.seq::int
      from users join wallets on wallets.user_id = users.id where users.id = ${userId}`;
    expect([...rows]).toEqual([{ role: "shopper", balance: 0, seq: 0 }]);
  });

  test("gives a cookie that no script can read and no other site can send", async () => {
    const { headers } = await signUp();
    const [cookie] = headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^better-auth\.session_token=[^;]+; .*Path=\/; HttpOnly; SameSite=Lax/);
  });

  test("is once an e-mail address, in capitals or not", async () => {
    const { email } = await signUp();
    for (const again of [email, email.toUpperCase()]) {
      const refused = await auth("sign-up/email", { name: "Again", email: again, password });
      expect(refused.status).toBe(422);
    }
    const [row] = await shop.sql`select count(*)::int from users where email = ${email}`;
    expect(row).toEqual({ count: 1 });
  });

  test("ten at once with one address: one user, one wallet, nine refused", async () => {
    const email = newEmail();
    const outcomes = await race(runners(10), async () => {
      const { status } = await auth("sign-up/email", { name: "Racer", email, password });
      return status;
    });
    const statuses = outcomes.map((outcome) => ("value" in outcome ? outcome.value : 0));
    expect(tally(outcomes)).toEqual({ OK: 10 });
    expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 422)]);
    const rows = await shop.sql`
      select count(*)::int as users, count(wallets.user_id)::int as wallets,
        (select count(*)::int from accounts where user_id in (select id from users u
          where u.email = ${email})) as accounts
      from users left join wallets on wallets.user_id = users.id where email = ${email}`;
    expect([...rows]).toEqual([{ users: 1, wallets: 1, accounts: 1 }]);
  });

  test("four hundred at once with an address that is taken: each is told so", async () => {
    const { email } = await signUp();
    const outcomes = await race(runners(400), async () => {
      const { status } = await auth("sign-up/email", { name: "Late", email, password });
      return status;
    });
    expect(tally(outcomes)).toEqual({ OK: 400 });
    expect(new Set(answers(outcomes))).toEqual(new Set([422]));
  });

  test("forty at once: forty users, forty wallets, forty sessions that are good", async () => {
    const outcomes = await race(runners(40), () => signUp());
    expect(tally(outcomes)).toEqual({ OK: 40 });
    const balances = await Promise.all(
      answers(outcomes).map(({ token }) => balanceWith({ authorization: `Bearer ${token}` })),
    );
    expect(balances).toEqual(answers(outcomes).map(({ userId }) => balanceOf(userId)));
    expect(new Set(answers(outcomes).map(({ userId }) => userId)).size).toBe(40);
  });

  test("makes nobody an admin who says so", async () => {
    const email = newEmail();
    await auth("sign-up/email", { name: "Sly", email, password, role: "admin" });
    const rows = await shop.sql`select role from users where email = ${email} and role = 'admin'`;
    expect(rows.length).toBe(0);
    const { token } = await signUp();
    const updated = await auth(
      "update-user",
      { name: "Sly", role: "admin" },
      { authorization: `Bearer ${token}` },
    );
    expect(updated.status).toBeLessThan(500);
    const client = createClient(shop.http, shop.url, token);
    await expectRefused(client.admin.audit.query(), "FORBIDDEN");
  });

  test("is all or nothing: without a wallet there is no user", async () => {
    await using broken = await startShop({ breaks: true });
    await broken.sql`alter table wallets add constraint none check (false) not valid`;
    const answered = await broken.http.send(`${broken.url}/api/auth/sign-up/email`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Nobody", email: "nobody@stampede.test", password }),
    });
    expect(answered.status).not.toBe(200);
    const [row] = await broken.sql`
      select (select count(*) from users)::int as users,
        (select count(*) from accounts)::int as accounts,
        (select count(*) from sessions)::int as sessions,
        (select count(*) from wallets)::int as wallets`;
    expect(row).toEqual({ users: 0, accounts: 0, sessions: 0, wallets: 0 });
  });

  test.each([
    { password: "seven77" },
    { password: "x".repeat(129) },
    { password: "" },
    { password: 12_345_678 },
    { password: null },
    { email: "no address" },
    { email: "" },
    { email: null },
    { email: { toString: "x" } },
    { email: "a\u0000b@stampede.test" },
    { name: null },
    { name: 7 },
    { name: "a\u0000b" },
    { image: "\u0000" },
    { name: undefined },
  ])("refuses %j as the caller's mistake, and makes nobody", async (wrong) => {
    const [before] = await shop.sql`select count(*)::int from users`;
    const answered = await auth("sign-up/email", {
      name: "Shopper",
      email: newEmail(),
      password,
      ...wrong,
    });
    expect(answered.status).toBeGreaterThanOrEqual(400);
    expect(answered.status).toBeLessThan(500);
    expect(await shop.sql`select count(*)::int from users`).toEqual([before]);
  });
});

describe("sign-in", () => {
  test("opens another session; the bearer token comes in body and header", async () => {
    const { email, userId, token } = await signUp();
    const answered = await auth("sign-in/email", { email, password });
    expect(answered.status).toBe(200);
    const second = answered.json as SignedIn;
    expect(second.token).not.toBe(token);
    expect(second.user.id).toBe(userId);
    const given = answered.headers["set-auth-token"] as string;
    for (const bearer of [second.token, given, decodeURIComponent(given)])
      for (const api of [0, 1])
        expect(await balanceWith({ authorization: `Bearer ${bearer}` }, api)).toEqual(
          balanceOf(userId),
        );
  });

  test("says the same of a wrong password and of an unknown address", async () => {
    const { email } = await signUp();
    const wrong = await auth("sign-in/email", { email, password: "not the password" });
    const unknown = await auth("sign-in/email", { email: newEmail(), password });
    expect(wrong.status).toBe(401);
    expect(unknown.status).toBe(401);
    expect(unknown.text).toBe(wrong.text);
  });
});

describe("a session that has ended", () => {
  const endings: Record<string, (person: { token: string; userId: string }) => Promise<unknown>> = {
    "was signed out": ({ token }) => auth("sign-out", {}, { authorization: `Bearer ${token}` }),
    "has expired": ({ token }) => shop.sql`update sessions set expires_at = now() where token = ${token}`,
    "was taken away": ({ userId }) => shop.sql`delete from sessions where user_id = ${userId}`,
  };

  test.each(Object.keys(endings))("and %s pays no more, in a process that knew it", async (ending) => {
    const person = await shop.shopper(50_000);
    const charge = (idempotencyKey = newKey()) => ({ amount: 1_000, idempotencyKey });
    for (const { wallet } of person.apis) await wallet.charge.mutate(charge());
    await endings[ending]!(person);
    for (const { wallet } of person.apis)
      for (const _time of [1, 2]) await expectRefused(wallet.charge.mutate(charge()), "UNAUTHENTICATED");
    const [row] = await shop.sql`select balance::int from wallets where user_id = ${person.userId}`;
    expect(row).toEqual({ balance: 52_000 });
  });

  // One call each: after a refusal the process knows the session no more.
  test.each([
    "a copy of what was done",
    "input that makes no sense",
    "a coupon that is sold out",
    "an order",
    "a balance",
  ])("is told nothing else, also of %s", async (what) => {
    const { couponId } = await shop.campaign({ totalQuantity: 1 });
    const [winner, { token, userId, api }] = [await shop.shopper(), await shop.shopper()];
    const done = { amount: 1_000, idempotencyKey: newKey() };
    const claim = () => api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
    await winner.api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
    // By the first one the process learns that there is nothing left.
    for (const _time of [1, 2]) await expectRefused(claim(), "COUPON_SOLD_OUT");
    await api.wallet.charge.mutate(done);
    await endings["was signed out"]!({ token, userId });
    const calls: Record<typeof what, () => Promise<unknown>> = {
      "a copy of what was done": () => api.wallet.charge.mutate(done),
      "input that makes no sense": () => api.wallet.charge.mutate({} as never),
      "a coupon that is sold out": claim,
      "an order": () =>
        api.order.place.mutate({ items: [{ productId: "x", quantity: 1 }], idempotencyKey: newKey() }),
      "a balance": () => api.wallet.balance.query(),
    };
    await expectRefused(calls[what]!(), "UNAUTHENTICATED");
  });
});

describe("a session cookie", () => {
  test("is as good as a bearer token", async () => {
    const { userId, token, cookie } = await signUp();
    expect(await balanceWith({ cookie })).toEqual(balanceOf(userId));
    const lowerCase = { authorization: `bearer ${token}` };
    expect(await balanceWith(lowerCase)).toEqual(balanceOf(userId));
    expect(await balanceWith({ cookie: `theme=dark; ${cookie}; lang=ko` })).toEqual(
      balanceOf(userId),
    );
    expect(await balanceWith({ cookie: cookie.replace("better", "__Secure-better") })).toEqual(
      balanceOf(userId),
    );
  });

  test("is worth nothing when anything in it was changed", async () => {
    const [one, other] = [await signUp(), await signUp()];
    const [, value = ""] = one.cookie.split("=", 2);
    const [token = "", signature = ""] = decodeURIComponent(value).split(".", 2);
    const otherSignature = decodeURIComponent(other.cookie).split(".", 3).at(-1)!;
    const flipped = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
    const values = [
      "",
      token,
      `${token}.`,
      `.${signature}`,
      `${token}.${flipped}`,
      `${token}.${signature.slice(0, -3)}`,
      `${token}.${otherSignature}`,
      `${other.token}.${signature}`,
      `${token}x.${signature}`,
      `"${token}.${signature}"`,
      "%",
      "%E0%A4%A",
      "null",
    ];
    for (const forged of values) {
      const cookie = `better-auth.session_token=${encodeURIComponent(forged)}`;
      expect(await balanceWith({ cookie }), forged).toEqual(nobody);
    }
    for (const raw of ["%", "%E0%A4%A.x", "a=b=c"]) {
      const cookie = `better-auth.session_token=${raw}`;
      expect(await balanceWith({ cookie }), raw).toEqual(nobody);
    }
    for (const name of ["session_token", "better-auth.session", "xbetter-auth.session_token"])
      expect(await balanceWith({ cookie: `${name}=${value}` }), name).toEqual(nobody);
  });
});

describe("a session is over", () => {
  test("when its user signs out, by cookie or by bearer; other sessions stay", async () => {
    const { email, userId, token, cookie } = await signUp();
    const kept = (await auth("sign-in/email", { email, password })).json as SignedIn;
    expect((await auth("sign-out", {}, { cookie })).status).toBe(200);
    for (const api of [0, 1]) {
      expect(await balanceWith({ cookie }, api)).toEqual(nobody);
      expect(await balanceWith({ authorization: `Bearer ${token}` }, api)).toEqual(nobody);
      const authorization = `Bearer ${kept.token}`;
      expect(await balanceWith({ authorization }, api)).toEqual(balanceOf(userId));
    }
    const authorization = `Bearer ${kept.token}`;
    expect((await auth("sign-out", {}, { authorization })).status).toBe(200);
    expect(await balanceWith({ authorization })).toEqual(nobody);
  });

  test("when it has expired", async () => {
    const { userId, token, cookie } = await signUp();
    await shop.sql`update sessions set expires_at = now() where user_id = ${userId}`;
    expect(await balanceWith({ authorization: `Bearer ${token}` })).toEqual(nobody);
    expect(await balanceWith({ cookie })).toEqual(nobody);
  });

  test("when its user is gone", async () => {
    const shopper = await shop.shopper();
    const { couponId } = await shop.campaign();
    await shop.sql`delete from wallets where user_id = ${shopper.userId}`;
    await shop.sql`delete from users where id = ${shopper.userId}`;
    for (const call of Object.values(signedInCalls))
      await expectRefused(call(shopper.api), "UNAUTHENTICATED");
    const claiming = shopper.api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
    await expectRefused(claiming, "UNAUTHENTICATED");
  });

  test("when its user is gone and only the session was left behind", async () => {
    const shopper = await shop.shopper();
    await shop.sql.begin(async (sql) => {
      await sql`set local session_replication_role = replica`;
      await sql`delete from wallets where user_id = ${shopper.userId}`;
      await sql`delete from users where id = ${shopper.userId}`;
    });
    await expectRefused(shopper.api.wallet.balance.query(), "UNAUTHENTICATED");
    await shop.sql`delete from sessions where user_id = ${shopper.userId}`;
  });
});

describe("a user without a wallet", () => {
  test("is WALLET_NOT_FOUND wherever money is asked for", async () => {
    await using broken = await startShop({ breaks: true });
    const shopper = await broken.shopper();
    const { productId } = await broken.product();
    await broken.sql`delete from wallets where user_id = ${shopper.userId}`;
    await expectRefused(shopper.api.wallet.balance.query(), "WALLET_NOT_FOUND");
    const charge = { amount: 1_000, idempotencyKey: newKey() };
    await expectRefused(shopper.api.wallet.charge.mutate(charge), "WALLET_NOT_FOUND");
    // Also where something else is wrong as well.
    const wrong = { amount: 1, idempotencyKey: newKey() };
    await expectRefused(shopper.api.wallet.charge.mutate(wrong), "WALLET_NOT_FOUND");
    const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
    await expectRefused(shopper.api.order.place.mutate(order), "WALLET_NOT_FOUND");
    const { api } = await broken.admin();
    const audit = await api.admin.audit.query();
    expect(audit.checks.filter(({ ok }) => !ok)).toMatchObject([
      { name: "every user has exactly one wallet", violations: [{ userId: shopper.userId }] },
    ]);
  });
});
