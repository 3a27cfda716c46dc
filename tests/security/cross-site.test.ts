import type { OutgoingHttpHeaders } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { decent } from "../support/hostile.ts";
import { procedures } from "../support/procedures.ts";
import { seed } from "../support/seed.ts";
import { startShop, type Shop } from "../support/shop.ts";

/*
 * What a page of another site can make a browser send along with somebody's session cookie: refused
 * before a procedure hears of it, for every mutation there is. What the shop's own pages and programs
 * send is let pass.
 */

let shop: Shop;
let cookie: string;
let userId: string;
const webOrigin = "http://localhost:3000";

beforeAll(async () => {
  shop = await startShop();
  const signedUp = await shop.http.send(`${shop.url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Victim", email: "victim@stampede.test", password: "correct horse" }),
  });
  cookie = (signedUp.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]).join("; ");
  ({ user: { id: userId } } = JSON.parse(signedUp.text) as { user: { id: string } });
  await shop.sql`update users set role = 'admin' where id = ${userId}`;
});
afterAll(() => shop[Symbol.asyncDispose]());

const mutations = procedures.filter(({ type }) => type === "mutation");
const json = { "content-type": "application/json" };
const amount = 1_000;

const charge = (headers: OutgoingHttpHeaders, body?: string) =>
  shop.http.send(`${shop.url}/trpc/wallet.charge`, {
    method: "POST",
    headers: { cookie, ...headers },
    body: body ?? JSON.stringify({ amount, idempotencyKey: newKey() }),
  });

/** Rows that any mutation would have added to or changed. */
const everything = async () => {
  const [row] = await shop.sql`
    select (select count(*) from idempotency_keys)::int as keys, (select count(*) from products)::int as products,
      (select count(*) from coupon_campaigns)::int as campaigns, (select sum(balance) from wallets)::int as money`;
  return row;
};

/** What a browser says of a request that another site's page has made. */
const foreign: Record<string, OutgoingHttpHeaders> = {
  "another site": { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  "another site, in an old browser": { origin: "https://evil.example" },
  "another site without an origin": { "sec-fetch-site": "cross-site" },
  "a sandboxed frame": { origin: "null", "sec-fetch-site": "cross-site" },
  "a file": { origin: "null" },
  "a sibling": { origin: "http://blog.localhost:3000", "sec-fetch-site": "same-site" },
  "another program's page on this machine": { origin: "http://localhost:9999", "sec-fetch-site": "same-site" },
  "a name like ours": { origin: "http://localhost:3000.evil.example" },
};

/** What a form, or a script that is not asked first, can send. */
const simple: Record<string, OutgoingHttpHeaders> = {
  "no type": {},
  "text/plain": { "content-type": "text/plain" },
  "text/plain that mentions JSON": { "content-type": "text/plain; application/json" },
  form: { "content-type": "application/x-www-form-urlencoded" },
  multipart: { "content-type": "multipart/form-data; boundary=x" },
  bytes: { "content-type": "application/octet-stream" },
  "almost JSON": { "content-type": "application/jsonx" },
};

describe.each(mutations.map((each) => [each.path, each] as const))("%s", (path, procedure) => {
  const body = () => JSON.stringify(fc.sample(decent(procedure.input), { numRuns: 1, seed })[0]);
  const send = (headers: OutgoingHttpHeaders) =>
    shop.http.send(`${shop.url}/trpc/${path}`, { method: "POST", headers: { cookie, ...headers }, body: body() });

  test("another site's page is FORBIDDEN, whatever it says it sends", async () => {
    const before = await everything();
    for (const [name, headers] of Object.entries(foreign)) {
      const { status, text } = await send({ ...json, ...headers });
      expect(status, name).toBe(403);
      const { error } = JSON.parse(text) as { error: { message: string; data: object } };
      expect(error.data, name).toMatchObject({ code: "FORBIDDEN", reason: "FORBIDDEN", retry: "never", path });
      expect(error.message).toBe(
        "Another site's page sent this; with a session cookie only the shop's own pages may.",
      );
    }
    expect(await everything()).toEqual(before);
  });

  test("what a form can send is 415, from wherever", async () => {
    const before = await everything();
    for (const [name, headers] of Object.entries(simple))
      for (const origin of ["https://evil.example", webOrigin])
        expect((await send({ ...headers, origin })).status, name).toBe(415);
    expect(await everything()).toEqual(before);
  });

  test("GET changes nothing", async () => {
    const before = await everything();
    const address = `${shop.url}/trpc/${path}?input=${encodeURIComponent(body())}`;
    for (const url of [address, `${address}&_method=POST`])
      for (const method of ["GET", "HEAD"])
        for (const more of [{}, { "x-http-method-override": "POST" }, { "x-http-method": "POST" }]) {
          const { status } = await shop.http.send(url, { method, headers: { cookie, ...more } });
          // HEAD asks whether somebody is there, and is told so, of whatever address.
          expect(status).toBe(method === "HEAD" ? 204 : 405);
        }
    expect(await everything()).toEqual(before);
  });
});

test("a batch is refused as a whole", async () => {
  const before = await everything();
  const input = { 0: { amount, idempotencyKey: newKey() }, 1: { amount, idempotencyKey: newKey() } };
  const { status } = await shop.http.send(`${shop.url}/trpc/wallet.charge,wallet.charge?batch=1`, {
    method: "POST",
    headers: { cookie, ...json, ...foreign["another site"] },
    body: JSON.stringify(input),
  });
  expect(status).toBe(403);
  expect(await everything()).toEqual(before);
});

test.each([
  ["the storefront's page", { origin: webOrigin, "sec-fetch-site": "same-origin" }],
  ["the storefront's page by number", { origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-origin" }],
  ["a program with a cookie", {}],
  ["Node's fetch with a cookie", { "sec-fetch-mode": "cors", "accept-language": "*" }],
  ["JSON with a charset", { "content-type": "application/json; charset=utf-8" }],
])("%s is let pass", async (_name, headers) => {
  const { status, text } = await charge({ ...json, ...headers });
  expect(status, text).toBe(200);
});

test("a bearer token passes from anywhere: no browser sends one by itself", async () => {
  const shopper = await shop.shopper();
  const { status } = await shop.http.send(`${shop.url}/trpc/wallet.charge`, {
    method: "POST",
    headers: { ...json, ...foreign["another site"], authorization: `Bearer ${shopper.token}` },
    body: JSON.stringify({ amount, idempotencyKey: newKey() }),
  });
  expect(status).toBe(200);
});

describe("sign-in and sign-up", () => {
  test.each(["sign-in/email", "sign-up/email", "sign-out", "change-password", "update-user"])(
    "%s from another site's page, with the cookie, is refused",
    async (path) => {
      const [before] = await shop.sql`select count(*)::int as users, (select count(*) from sessions)::int as sessions from users`;
      for (const [name, headers] of Object.entries(foreign)) {
        const { status } = await shop.http.send(`${shop.url}/api/auth/${path}`, {
          method: "POST",
          headers: { cookie, ...json, ...headers },
          body: JSON.stringify({ email: "victim@stampede.test", password: "correct horse", name: "x" }),
        });
        expect(status, name).toBe(403);
      }
      const [after] = await shop.sql`select count(*)::int as users, (select count(*) from sessions)::int as sessions from users`;
      expect(after).toEqual(before);
    },
  );
});

describe("a browser is told", () => {
  const paths = ["/trpc/product.popular", "/trpc/wallet.balance", "/trpc/nope", "/api/auth/get-session", "/api/auth/nope", "/health/live", "/metrics", "/nothing"];

  test.each(paths)("%s: nothing may be kept, framed, guessed or read from elsewhere", async (path) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { headers } = await shop.http.send(`${shop.url}${path}`, {
        method,
        headers: { cookie, origin: "https://evil.example", "access-control-request-method": "POST" },
      });
      const names = Object.keys(headers);
      expect(names.filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(names).not.toContain("x-powered-by");
      expect(names).not.toContain("server");
      expect(headers).toMatchObject({
        "cache-control": expect.stringContaining("no-store"),
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
      });
    }
  });
});

describe("the metrics", () => {
  test("are for private networks only", async () => {
    const from = async (address: string) =>
      (await shop.http.send(`${shop.url}/metrics`, { headers: { "x-forwarded-for": address } })).status;
    for (const address of ["10.1.2.3", "192.168.0.9", "172.20.0.3", "fd00::1"]) expect(await from(address)).toBe(200);
    for (const address of ["203.0.113.7", "2001:db8::1", "10.1.2.3, 203.0.113.7"]) expect(await from(address)).toBe(404);
  });
});
