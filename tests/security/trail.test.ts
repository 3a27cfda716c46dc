import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { openNow, startShop, validNow, type Shop } from "../support/shop.ts";

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

const command = (path: string, token: string, input: object, requestId: string, { http, url } = shop) =>
  http.send(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "x-request-id": requestId, ...from },
    body: JSON.stringify(input),
  });

/** The entry of a request; refusals and reads of admins are written beside the answer. */
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
  await command("admin.product.create", admin.token, { ...product, price: -1 }, "trail-invalid");
  expect(await entry("trail-invalid")).toEqual({ ...common, actor_id: admin.userId, outcome: "INVALID_INPUT" });
  await command("admin.product.update", admin.token, { productId: newKey(), price: 2 }, "trail-nothing");
  expect(await entry("trail-nothing")).toMatchObject({ action: "admin.product.update", target: null, outcome: "PRODUCT_NOT_FOUND" });
  await shop.http.send(`${shop.url}/trpc/admin.audit`, { headers: { authorization: `Bearer ${admin.token}`, "x-request-id": "trail-read" } });
  expect(await entry("trail-read")).toMatchObject({ action: "admin.audit", actor_id: admin.userId, outcome: "OK" });
});

/** What an admin can change, and how many there are of it. */
const acts = (sql: Shop["sql"], productId: string) => ({
  "admin.product.create": {
    input: { name: "Trailed", price: 1, stock: 1 },
    count: () => sql`select count(*)::int as done from products where name = 'Trailed'`,
  },
  "admin.product.update": {
    input: { productId, price: 777 },
    count: () => sql`select count(*)::int as done from products where price = 777`,
  },
  "admin.coupon.create": {
    input: { name: "Trailed", discount: { type: "FIXED", amount: 1 }, totalQuantity: 1, ...openNow, ...validNow },
    count: () => sql`select count(*)::int as done from coupon_campaigns where name = 'Trailed'`,
  },
  "admin.product.restock": {
    input: { productId, quantity: 3, idempotencyKey: newKey() },
    count: () => sql`select count(*)::int as done from stock_entries where product_id = ${productId} and reason = 'RESTOCK'`,
  },
});

test("what an admin does is in the trail by the time it is answered", async () => {
  const admin = await shop.admin();
  const { productId } = await shop.product();
  for (const [path, { input, count }] of Object.entries(acts(shop.sql, productId))) {
    const requestId = path.replaceAll(".", "-");
    const answered = await command(path, admin.token, input, requestId);
    expect(answered.status, answered.text).toBe(200);
    expect((await count())[0], path).toEqual({ done: 1 });
    const { result } = JSON.parse(answered.text) as { result: { data: { productId?: string; couponId?: string } } };
    // Not waited for: they were committed together.
    const [known] = await shop.sql`
      select outcome, actor_id, target, address from audit_log where request_id = ${requestId}
      union all
      select 'OK', user_id, reply::json ->> 'productId', address from idempotency_keys where request_id = ${requestId}`;
    const target = result.data.productId ?? result.data.couponId;
    expect(known, path).toEqual({ outcome: "OK", actor_id: admin.userId, target, address: "203.0.113.7" });
  }
  // What is written beside an answer would be there by now.
  await sleep(200);
  const [written] = await shop.sql`select count(*)::int from audit_log where request_id like 'admin-%'`;
  expect(written).toEqual({ count: 3 });
});

test("what cannot be in the trail is not done", async () => {
  await using broken = await startShop({ breaks: true });
  const admin = await broken.admin();
  const { productId } = await broken.product();
  await broken.sql.unsafe(`
    create function no_room() returns trigger language plpgsql as 'begin raise exception ''no room''; end';
    create trigger no_room before insert on audit_log for each row execute function no_room();
    create trigger no_room before insert on idempotency_keys for each row execute function no_room();`);
  for (const [path, { input, count }] of Object.entries(acts(broken.sql, productId))) {
    expect((await command(path, admin.token, input, "trail-no-room", broken)).status, path).toBe(500);
    expect((await count())[0], path).toEqual({ done: 0 });
  }
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
