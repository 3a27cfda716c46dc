import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* Who did what, when, from where, in which request, with what outcome: kept, and never changed. */

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const password = "correct horse battery";
const from = { "x-forwarded-for": "203.0.113.7" };

const auth = async (path: string, body: object, requestId: string, headers: object = {}) => {
  const answered = await shop.http.send(`${shop.url}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: shop.url, "x-request-id": requestId, ...from, ...headers },
    body: JSON.stringify(body),
  });
  return { status: answered.status, json: JSON.parse(answered.text) as { token: string; user: { id: string } } };
};

const command = (path: string, token: string, input: object, requestId: string) =>
  shop.http.send(`${shop.url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "x-request-id": requestId, ...from },
    body: JSON.stringify(input),
  });

/** The entry of a request; admin acts are written beside the answer. */
const entry = async (requestId: string) => {
  const read = () => shop.sql`
    select action, outcome, actor_id, target, address, at > now() - interval '1 minute' as fresh
    from audit_log where request_id = ${requestId}`;
  await expect.poll(async () => (await read()).length, { timeout: 3_000 }).toBe(1);
  return (await read())[0];
};

const email = "trail@stampede.test";
const hash = expect.stringMatching(/^[\w-]{22}$/) as string;

test("accounts: sign-up, sign-in, a wrong password, a new one, sign-out", async () => {
  const signedUp = await auth("sign-up/email", { name: "Trail", email, password }, "trail-sign-up");
  const userId = signedUp.json.user.id;
  const common = { actor_id: userId, target: null, address: "203.0.113.7", fresh: true };
  expect(await entry("trail-sign-up")).toEqual({ ...common, action: "sign-up", outcome: "OK", target: hash });

  const signedIn = await auth("sign-in/email", { email, password }, "trail-sign-in");
  const known = await entry("trail-sign-in");
  expect(known).toEqual({ ...common, action: "sign-in", outcome: "OK", target: hash });

  await auth("sign-in/email", { email: email.toUpperCase(), password: "not the password" }, "trail-wrong");
  const wrong = { ...common, action: "sign-in", outcome: "INVALID_EMAIL_OR_PASSWORD", actor_id: null };
  // The same account by its hash, so that somebody can see what is being tried.
  expect(await entry("trail-wrong")).toEqual({ ...wrong, target: known!["target"] });

  const authorization = `Bearer ${signedIn.json.token}`;
  const change = { currentPassword: password, newPassword: "another password" };
  const changed = await auth("change-password", change, "trail-password", { authorization });
  expect(await entry("trail-password")).toEqual({ ...common, action: "change-password", outcome: "OK" });

  await auth("sign-out", {}, "trail-sign-out", { authorization: `Bearer ${changed.json.token}` });
  expect(await entry("trail-sign-out")).toMatchObject({ action: "sign-out", outcome: "OK" });
});

test("rights: who has none and tries, and what an admin does", async () => {
  const shopper = await shop.shopper();
  const admin = await shop.admin();
  const product = { name: "Trailed", price: 1, stock: 1 };
  await command("admin.product.create", shopper.token, product, "trail-forbidden");
  const common = { target: null, address: "203.0.113.7", fresh: true, action: "admin.product.create" };
  expect(await entry("trail-forbidden")).toEqual({ ...common, actor_id: shopper.userId, outcome: "FORBIDDEN" });
  await command("admin.product.create", admin.token, product, "trail-created");
  expect(await entry("trail-created")).toEqual({ ...common, actor_id: admin.userId, outcome: "OK" });
  await command("admin.product.create", admin.token, { ...product, price: -1 }, "trail-invalid");
  expect(await entry("trail-invalid")).toEqual({ ...common, actor_id: admin.userId, outcome: "INVALID_INPUT" });
});

test("money: each charge, order and claim, once, with its request", async () => {
  const { token, userId } = await shop.shopper();
  const { productId } = await shop.product({ price: 500 });
  const { couponId } = await shop.campaign();
  const charge = { amount: 5_000, idempotencyKey: newKey() };
  await command("wallet.charge", token, charge, "trail-charge");
  await command("wallet.charge", token, charge, "trail-charge-again");
  const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
  await command("order.place", token, order, "trail-order");
  await command("coupon.claim", token, { couponId, idempotencyKey: newKey() }, "trail-claim");
  const rows = await shop.sql`
    select procedure, request_id, address from idempotency_keys where user_id = ${userId} order by created_at`;
  const address = "203.0.113.7";
  expect([...rows]).toEqual([
    { procedure: "wallet.charge", request_id: "trail-charge", address },
    { procedure: "order.place", request_id: "trail-order", address },
    { procedure: "coupon.claim", request_id: "trail-claim", address },
  ]);
});

test("nothing of it is a secret, a body or a name", async () => {
  const [row] = await shop.sql<{ all: string }[]>`select string_agg(audit_log::text, ' ') as all from audit_log`;
  for (const secret of [password, "another password", "not the password", email, "Trail@", "Trailed"])
    expect(row!.all.toLowerCase()).not.toContain(secret.toLowerCase());
  const tokens = await shop.sql<{ token: string }[]>`select token from sessions`;
  for (const { token } of tokens) expect(row!.all).not.toContain(token);
});

test("what is written stays as it is; only an address can be taken out", async () => {
  const refusals = [
    shop.sql`update audit_log set outcome = 'OK'`,
    shop.sql`update audit_log set address = '198.51.100.1'`,
    shop.sql`update audit_log set actor_id = null, address = null`,
    shop.sql`delete from audit_log`,
    shop.sql`truncate audit_log`,
  ];
  for (const refused of refusals) await expect(refused).rejects.toThrow("rows of audit_log are never changed");
  await shop.sql`update audit_log set address = null where request_id = 'trail-sign-in'`;
});

test("who asks for what is not theirs is refused as ever", async () => {
  const shopper = await shop.shopper();
  await expectRefused(shopper.api.admin.audit.query(), "FORBIDDEN");
});
