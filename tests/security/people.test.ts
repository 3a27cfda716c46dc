import { exportPerson, forgetPerson } from "@stampede/db/people";
import { openTransactions, type Transactions } from "@stampede/db/transactions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, newKey } from "../support/client.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* What the shop knows of somebody is theirs to have and to have forgotten; the money's history stays. */

let shop: Shop;
let transactions: Transactions;
beforeAll(async () => {
  shop = await startShop();
  transactions = openTransactions({ url: shop.databaseUrl, name: "test", connections: 1 });
});
afterAll(async () => {
  await transactions.close();
  await shop[Symbol.asyncDispose]();
});

const person = { name: "Hong Gildong", email: "gildong@stampede.test", password: "correct horse battery" };
const address = "203.0.113.77";
const agent = "Gildong's very own browser";

const auth = async (path: string) => {
  const { status, text } = await shop.http.send(`${shop.url}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": address, "user-agent": agent },
    body: JSON.stringify(person),
  });
  return { status, json: JSON.parse(text) as { token: string; user: { id: string } } };
};

/** Every row of every table, as text. */
const everything = async (): Promise<string> => {
  const tables = await shop.sql<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`;
  const texts = await Promise.all(
    tables.map(({ name }) => shop.sql.unsafe(`select string_agg(t::text, ' ') as all from ${name} t`)),
  );
  return texts.map(([row]) => String(row?.["all"])).join(" ");
};

test("somebody's data is handed out whole, then forgotten; the books stay as they are", async () => {
  const { token, user } = (await auth("sign-up/email")).json;
  const api = createClient(shop.http, shop.url, token);
  const { productId } = await shop.product({ price: 700 });
  const { couponId } = await shop.campaign();
  await api.wallet.charge.mutate({ amount: 5_000, idempotencyKey: newKey() });
  await api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
  const order = await api.order.place.mutate({ items: [{ productId, quantity: 2 }], idempotencyKey: newKey() });
  await shop.logWritten();

  const known = await transactions.run((tx) => exportPerson(tx, "GILDONG@stampede.test"));
  expect(known).toMatchObject({
    user: { userId: user.id, name: person.name, email: person.email, role: "shopper" },
    balance: 3_600,
    log: [{ type: "CHARGE", amount: 5_000 }, { type: "USE", amount: 1_400 }],
    orders: [{ order_id: order.orderId, lines: [{ product_id: productId, quantity: 2, unit_price: 700 }] }],
    coupons: [{ coupon_id: couponId }],
    sessions: [{ ip_address: address, user_agent: agent }],
    commands: [{ procedure: "wallet.charge" }, { procedure: "coupon.claim" }, { procedure: "order.place" }],
    trail: [{ action: "sign-up", outcome: "OK", address }],
  });
  expect(JSON.stringify(known)).not.toContain(token);

  const personal = [person.name, person.email, address, agent, token];
  const before = await everything();
  for (const text of personal) expect(before).toContain(text);
  expect(await transactions.run((tx) => forgetPerson(tx, person.email))).toBe(user.id);
  const after = await everything();
  for (const text of personal) expect(after).not.toContain(text);

  expect((await auth("sign-in/email")).status).toBe(401);
  await expect(api.wallet.balance.query()).rejects.toThrow("Sign in first");
  const [money] = await shop.sql`
    select (select balance from wallets where user_id = ${user.id})::int as balance,
      (select count(*) from point_log where user_id = ${user.id})::int as entries,
      (select sum(paid_amount) from orders where user_id = ${user.id})::int as paid`;
  expect(money).toEqual({ balance: 3_600, entries: 2, paid: 1_400 });
  await shop.audit();
  // The address is free again, for somebody new.
  const again = (await auth("sign-up/email")).json;
  expect(again.user.id).not.toBe(user.id);
});

test("of somebody nobody knows there is nothing", async () => {
  expect(await transactions.run((tx) => exportPerson(tx, "nobody@stampede.test"))).toBeUndefined();
  expect(await transactions.run((tx) => forgetPerson(tx, "nobody@stampede.test"))).toBeUndefined();
});
