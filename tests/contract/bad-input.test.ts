import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import type { Asked } from "../support/http.ts";
import { leakIn } from "../support/leak.ts";
import { seed } from "../support/seed.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

/*
 * Whatever comes in over the wire: an answer below 500, in the contract's form, without a word of
 * ours in it (tests/support/http.ts reads every body for that), and the shop goes on.
 */

let shop: Shop;
let admin: Person;
let productId: string;

const json = { "content-type": "application/json" };
const bodySizeMax = 64 * 1024;

const ask = async (path: string, asked: Asked = {}) => {
  const { status, headers, text } = await shop.http.send(`${shop.url}${path}`, {
    ...asked,
    headers: { authorization: `Bearer ${admin.token}`, ...asked.headers },
  });
  expect(headers["x-request-id"]).toMatch(/^[\w-]{8,64}$/);
  expect(status, text).toBeLessThan(500);
  return { status, headers, text };
};
const post = (procedure: string, body: string | Buffer, over: Asked = {}) =>
  ask(`/trpc/${procedure}`, { method: "POST", headers: json, body, ...over });
const dataOf = (text: string) =>
  (JSON.parse(text) as { error: { data: Record<string, unknown> } }).error.data;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** An answer of tRPC that says INVALID_INPUT. */
const expectInvalid = ({ status, text }: Answer, wanted = 400) => {
  expect(status, text).toBe(wanted);
  expect(dataOf(text)).toMatchObject({
    reason: "INVALID_INPUT",
    retry: "never",
    httpStatus: wanted,
    issues: expect.arrayContaining([{ path: expect.any(Array), message: expect.any(String) }]),
  });
};

/** A valid input of every procedure. */
const inputs = {
  queries: {
    "product.list": { limit: 1 },
    "product.byId": { productId: "x" },
    "product.popular": undefined,
    "coupon.list": undefined,
    "shop.clock": undefined,
    "wallet.balance": undefined,
    "wallet.history": { limit: 1 },
    "order.list": { limit: 1 },
    "order.byId": { orderId: "x" },
    "coupon.mine": { limit: 1 },
    "admin.order.list": { limit: 1 },
    "admin.audit": undefined,
  },
  mutations: {
    "wallet.charge": { amount: 1_000, idempotencyKey: "bad-input-key" },
    "order.place": {
      items: [{ productId: "x", quantity: 1 }],
      issuedCouponId: "x",
      expectedPaidAmount: 1,
      idempotencyKey: "bad-input-key",
    },
    "coupon.claim": { couponId: "x", idempotencyKey: "bad-input-key" },
    "admin.product.create": { name: "x", price: 1, stock: 1, description: "", imageUrl: null },
    "admin.product.update": { productId: "x", name: "x", price: 1 },
    "admin.product.restock": { productId: "x", quantity: 1, idempotencyKey: "bad-input-key" },
    "admin.coupon.create": {
      name: "x",
      discount: { type: "PERCENT", percent: 5, maxAmount: 100 },
      totalQuantity: 5,
      issueStartsAt: "2030-01-01T00:00:00Z",
      issueEndsAt: "2030-01-02T00:00:00Z",
      validFrom: "2030-01-01T00:00:00Z",
      validUntil: "2030-01-02T00:00:00Z",
    },
  },
} satisfies Record<string, Record<string, unknown>>;
const queries = Object.keys(inputs.queries);
const mutations = Object.keys(inputs.mutations);

// The lean handler answers plain calls, tRPC's own adapter all others; each alone must do. One runs
// as operators run it, the other as it starts when nobody says anything.
describe.each([
  { edge: "lean", mode: "production" },
  { edge: "official", mode: "development" },
])("at the $edge edge", ({ edge, mode }) => {
  beforeAll(async () => {
    shop = await startShop({ variables: { HTTP_EDGE: edge, NODE_ENV: mode } });
    admin = await shop.admin();
    ({ productId } = await shop.product());
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  describe.each(mutations)("%s", (mutation) => {
    test.each([
      "",
      " ",
      "{",
      "}",
      '{"amount":1000',
      '{"amount":1000,}',
      "{'amount':1000}",
      "amount=1000",
      '{"amount":NaN,"idempotencyKey":"12345678"}',
      '{"amount":Infinity,"idempotencyKey":"12345678"}',
      '{"amount":0x3e8,"idempotencyKey":"12345678"}',
      '{"amount":01000,"idempotencyKey":"12345678"}',
      '{"amount":1_000,"idempotencyKey":"12345678"}',
      "\ufeff{}x",
      "<xml/>",
      '"\\ud800',
      "undefined",
      "nul",
    ])("refuses a body that is no JSON: %j", async (body) => {
      expectInvalid(await post(mutation, body));
    });

    test.each(["null", "[]", "[[]]", "1", "true", '"text"', "{}", '{"0":{}}', "-0", "1e999"])(
      "refuses JSON that is no input: %s",
      async (body) => {
        expectInvalid(await post(mutation, body));
      },
    );

    test("refuses bytes that are no text", async () => {
      expectInvalid(await post(mutation, Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x7d])));
      expectInvalid(await post(mutation, Buffer.from('{"a":"\xff\xff"}', "latin1")));
    });

    test("refuses an unknown field, also one that JavaScript knows well", async () => {
      const input = inputs.mutations[mutation as keyof typeof inputs.mutations];
      const text = JSON.stringify(input);
      const fields = ["userId", "__proto__", "constructor", "prototype", "toString", "", "0"];
      for (const field of fields) {
        const body = `{"${field}":{"polluted":true},${text.slice(1)}`;
        expectInvalid(await post(mutation, body));
      }
      expect(Object.keys(await shop.visitor.product.byId.query({ productId }))).not.toContain(
        "polluted",
      );
    });

    test("refuses every field of another type, and says which", async () => {
      const input: Record<string, unknown> =
        inputs.mutations[mutation as keyof typeof inputs.mutations];
      const strangers = [null, true, "\u0000", 1.5, -1, 2 ** 53, 1e308, [], [[]], {}, "\ud800"];
      const asked = Object.entries(input).flatMap(([field, right]) =>
        strangers
          // Some of these are right in places: any text as a text, null where a picture may be
          // missing; and whole numbers under 1,000 KRW are the policy's business, not the schema's.
          .filter((stranger) => typeof stranger !== "string" || typeof right !== "string")
          .filter((stranger) => stranger !== null || field !== "imageUrl")
          .filter((stranger) => stranger !== -1 || field !== "amount")
          .map(async (stranger) => {
            const answered = await post(mutation, JSON.stringify({ ...input, [field]: stranger }));
            expectInvalid(answered);
            const issues = dataOf(answered.text)["issues"] as { path: unknown[] }[];
            expect(issues.map(({ path }) => path[0])).toContain(field);
          }),
      );
      expect((await Promise.all(asked)).length).toBeGreaterThan(10);
    });

    test("asked with GET is not allowed", async () => {
      const input = encodeURIComponent(JSON.stringify({ amount: 1_000, idempotencyKey: newKey() }));
      expectInvalid(await ask(`/trpc/${mutation}?input=${input}`), 405);
    });

    test("without application/json is not understood", async () => {
      const body = JSON.stringify(inputs.mutations[mutation as keyof typeof inputs.mutations]);
      const form = "application/x-www-form-urlencoded";
      const types = [undefined, "text/plain", form, "text/html", "x"];
      for (const type of types) {
        const headers = type === undefined ? {} : { "content-type": type };
        expectInvalid(await post(mutation, body, { headers }), 415);
      }
      const part = 'Content-Disposition: form-data; name="amount"\r\n\r\n1000';
      const multipart = `--b\r\n${part}\r\n--b--\r\n`;
      const forms = { "content-type": "multipart/form-data; boundary=b" };
      expectInvalid(await post(mutation, multipart, { headers: forms }), 415);
      const bytes = { "content-type": "application/octet-stream" };
      expectInvalid(await post(mutation, body, { headers: bytes }), 415);
    });
  });

  describe.each(queries)("%s", (query) => {
    test.each(["{", "[", "nul", "%", "%7B%22", "'", "{}{}", "\u0000", "NaN"])(
      "refuses an input that is no JSON: %j",
      async (input) => {
        const { status, text } = await ask(`/trpc/${query}?input=${encodeURIComponent(input)}`);
        expect(status, text).toBe(400);
        expect(dataOf(text)).toMatchObject({ code: "BAD_REQUEST", reason: "INVALID_INPUT" });
      },
    );

    test("refuses inputs of another shape", async () => {
      for (const input of [1, "text", true, [1], { nobodyKnows: 1 }, { __proto: 1 }]) {
        const text = encodeURIComponent(JSON.stringify(input));
        expectInvalid(await ask(`/trpc/${query}?input=${text}`));
      }
      const proto = encodeURIComponent('{"__proto__":{"limit":1}}');
      expectInvalid(await ask(`/trpc/${query}?input=${proto}`));
    });

    test("understands no input, and an empty one where nothing is needed", async () => {
      const empty = await ask(`/trpc/${query}?input=%7B%7D`);
      const none = await ask(`/trpc/${query}`);
      const needsSome = query.endsWith(".byId");
      expect([none.status, empty.status]).toEqual(needsSome ? [400, 400] : [200, 200]);
    });

    test("asked with anything but GET is not allowed", async () => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const answered = await ask(`/trpc/${query}`, { method, headers: json, body: "{}" });
        expect([404, 405], `${method} ${answered.text}`).toContain(answered.status);
      }
    });
  });

  describe("a body over 64 KB is 413", () => {
    const paths = ["/trpc/wallet.charge", "/api/auth/sign-up/email", "/api/auth/sign-in/email"];
    const bodyOf = (bytes: number) => `{"name":"${"x".repeat(bytes - 11)}"}`;

    test.each(paths)("%s, with its length told or in chunks", async (path) => {
      for (const bytes of [bodySizeMax + 1, 1_000_000])
        for (const chunked of [false, true]) {
          const asked = { method: "POST", headers: json, body: bodyOf(bytes), chunked };
          const { status, text } = await ask(path, asked);
          expect(status, `${bytes} bytes, chunked ${chunked}: ${text}`).toBe(413);
          expect(() => JSON.parse(text) as unknown).not.toThrow();
        }
    });

    test.each(paths)("%s, before it has been sent", async (path) => {
      const answer = await raw(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
          "Content-Length: 1000000000\r\n\r\n{",
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    });

    test.each(paths)("%s, when it never ends", async (path) => {
      const chunk = `2000\r\n${"x".repeat(0x2000)}\r\n`;
      const answer = await raw(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
          `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(9)}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    });

    test.each(paths)("%s, of exactly 64 KB it is read", async (path) => {
      for (const chunked of [false, true]) {
        const asked = { method: "POST", headers: json, body: bodyOf(bodySizeMax), chunked };
        expect((await ask(path, asked)).status).toBe(400);
      }
    });

    test("with tRPC it says INVALID_INPUT", async () => {
      expectInvalid(await post("wallet.charge", bodyOf(bodySizeMax + 1)), 413);
    });
  });

  describe("nesting without end", () => {
    test("100,000 brackets are too large, 30,000 are no input", async () => {
      for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
      ] as const) {
        const nested = (depth: number) => open.repeat(depth) + "1" + close.repeat(depth);
        expectInvalid(await post("wallet.charge", nested(100_000)), 413);
        const depth = Math.floor((bodySizeMax - 200) / (open.length + 1));
        expectInvalid(await post("wallet.charge", nested(depth)));
        expectInvalid(
          await post("order.place", `{"items":${nested(depth)},"idempotencyKey":"12345678"}`),
        );
        const asked = { method: "POST", headers: json, body: nested(depth) };
        expect((await ask("/api/auth/sign-in/email", asked)).status).toBe(400);
      }
    });
  });

  describe("addresses", () => {
    test.each([
      "nope",
      "wallet",
      "wallet.",
      ".wallet",
      "wallet.balance.x",
      "wallet.balance/",
      "__proto__",
      "constructor",
      "wallet.__proto__",
      "product.toString",
      "PRODUCT.LIST",
      "%00",
      "product.list%00",
      "product%2Elist%2Ex",
      "x".repeat(5_000),
    ])("an unknown procedure is 404: %j", async (path) => {
      for (const asked of [{}, { method: "POST", headers: json, body: "{}" }]) {
        const { status, text } = await ask(`/trpc/${path}`, asked);
        expect(status, text).toBe(404);
        if (text.includes("error"))
          expect(dataOf(text)).toMatchObject({
            code: "NOT_FOUND",
            reason: "INVALID_INPUT",
            retry: "never",
          });
      }
    });

    test.each([
      "/",
      "/trpc",
      "/trpc/",
      "//",
      "//trpc/product.list",
      "/trpc/%",
      "/trpc/%E0%A4%A",
      "/trpc/?batch=1",
      "/trpc/,?batch=1",
      "/trpc/product.list?input=%",
      "/trpc/product.list?batch=1",
      "/trpc/product.list?batch=1&input=[]",
      "/trpc/product.list?batch=1&input=%7B%7D",
      "/trpc/product.list?batch=1&input=%7B%220%22%3A7%7D",
      "/trpc/product.list?batch=x&input=%7B%7D",
      "/api",
      "/api/auth",
      "/api/auth/",
      "/api/auth/nope",
      "/api/auth/%",
      "/api/auth/%00",
      "/api/auth/../auth",
      "/api/auth/get-session?disableCookieCache=%00",
      "/api/auth/reset-password/%00?callbackURL=/",
      "/api/auth/verify-email?token=%00",
      "/api/auth/verify-email?token=a.b.c&callbackURL=//evil.example",
      "/api/auth/error?error=%3Cscript%3E",
      "/api/auth/callback/github?state=%00",
      "/api/auth/ok",
      "/health",
      "/health/live/",
      "/metrics/x",
      "/favicon.ico",
      "/.env",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/?x=".padEnd(10_000, "x"),
    ])("anything is answered, never with an error of ours: %s", async (path) => {
      const methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"];
      const body = (method: string) => (method === "POST" ? { headers: json, body: "{}" } : {});
      await Promise.all(methods.map((method) => ask(path, { method, ...body(method) })));
    });

    test.each([
      "POST /trpc/wallet.charge HTTP/1.1\r\nHost: a b c\r\nContent-Length: 0\r\n\r\n",
      "GET /trpc/product.list HTTP/1.1\r\nHost: [::\r\n\r\n",
      "GET /api/auth/get-session HTTP/1.1\r\nHost: [::\r\n\r\n",
      "GET /api/auth/get-session HTTP/1.1\r\nHost: \r\n\r\n",
      "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: a/b?c#d\r\n" +
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
      "GET /api/auth/get-session HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: [::\r\n" +
        "X-Forwarded-Proto: gopher\r\n\r\n",
      "GET http://elsewhere.example/trpc/product.list HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /trpc/product.list HTTP/1.0\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
      "NONSENSE\r\n\r\n",
      "GET /trpc/product.list HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n" +
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(70_000)}\r\n\r\n`,
    ])("a request that no client would send is below 500: %j", async (text) => {
      const answer = await raw(text);
      expect(answer).toMatch(/^HTTP\/1\.1 [1-4]\d\d /);
      expect(leakIn(answer)).toBeUndefined();
    });
  });

  describe("a batch", () => {
    test("of 100 is answered one by one, each with its own outcome", async () => {
      const calls = Array.from({ length: 100 }, (_none, index) =>
        index % 2 === 0 ? "product.popular" : "product.byId",
      );
      const input = Object.fromEntries(
        calls.flatMap((call, index) =>
          call === "product.byId" ? [[index, { productId: "x" }]] : [],
        ),
      );
      const query = `batch=1&input=${encodeURIComponent(JSON.stringify(input))}`;
      const { status, text } = await ask(`/trpc/${calls.join(",")}?${query}`);
      expect(status).toBe(207);
      const answered = JSON.parse(text) as { error?: { data: { reason: string } } }[];
      expect(answered.map(({ error }) => error?.data.reason ?? "OK")).toEqual(
        calls.map((call) => (call === "product.byId" ? "PRODUCT_NOT_FOUND" : "OK")),
      );
    });

    test("of 101 or of 4,000 nothings is refused as a whole", async () => {
      for (const calls of [Array(101).fill("product.popular").join(","), ",".repeat(4_000)]) {
        const { status, text } = await ask(`/trpc/${calls}?batch=1&input=%7B%7D`);
        expect(status, text.slice(0, 200)).toBe(400);
        expect(text.length).toBeLessThan(2_000);
      }
    });

    test("of mutations is one HTTP request of commands that stand for themselves", async () => {
      const shopper = await shop.shopper();
      const body = JSON.stringify({
        0: { amount: 1_000, idempotencyKey: "batch-key-1" },
        1: { amount: 1, idempotencyKey: "batch-key-2" },
        2: { amount: 1_000, idempotencyKey: "batch-key-1" },
        3: { amount: 2_000, idempotencyKey: "batch-key-1" },
      });
      const path = `/trpc/${Array(4).fill("wallet.charge").join(",")}?batch=1`;
      const headers = { ...json, authorization: `Bearer ${shopper.token}` };
      const { status, text } = await ask(path, { method: "POST", headers, body });
      expect(status).toBe(207);
      const answered = JSON.parse(text) as { error?: { data: { reason: string } } }[];
      expect(answered.map(({ error }) => error?.data.reason ?? "OK")).toEqual([
        "OK",
        "CHARGE_BELOW_MINIMUM",
        "OK",
        "IDEMPOTENCY_KEY_REUSED",
      ]);
      expect((await shopper.api.wallet.balance.query()).balance).toBe(1_000);
    });
  });

  describe("sign-up and sign-in", () => {
    test.each(["sign-up/email", "sign-in/email", "sign-out", "update-user", "change-password"])(
      "%s refuses a body that is none",
      async (path) => {
        for (const body of ["{", "null", "[]", "1", '"x"', "\u0000", "[".repeat(5_000), "\ufeff"]) {
          const asked = { method: "POST", headers: json, body };
          const { status } = await ask(`/api/auth/${path}`, asked);
          expect(status, body.slice(0, 20)).toBeLessThan(500);
        }
      },
    );

    test("a name that cannot be stored is the caller's mistake, also later", async () => {
      for (const name of ["a\u0000b", "\u0000"]) {
        const asked = { method: "POST", headers: json, body: JSON.stringify({ name }) };
        const { status } = await ask("/api/auth/update-user", asked);
        expect(status).toBe(400);
      }
    });

    test("fields of any type are refused, never broken on", async () => {
      const strangers = [null, true, 7, 1e308, [], {}, "\u0000", "\ud800", "' or 1=1 --", ["x"]];
      const fields = { email: "nobody at all", password: "12345678", name: "x" };
      for (const path of ["sign-up/email", "sign-in/email"])
        for (const field of ["email", "password", "name", "callbackURL", "rememberMe"])
          await Promise.all(
            strangers.map((stranger) => {
              const body = JSON.stringify({ ...fields, [field]: stranger });
              return ask(`/api/auth/${path}`, { method: "POST", headers: json, body });
            }),
          );
    });
  });

  describe("generated inputs", () => {
    const anything = fc.jsonValue({ maxDepth: 3 });
    /** A valid input with one of its fields replaced, added or taken away. */
    const almost = (input: Record<string, unknown>) =>
      fc.oneof(
        anything,
        fc
          .tuple(fc.constantFrom(...Object.keys(input), "extra"), anything)
          .map(([field, value]) => ({ ...input, [field]: value })),
        fc.constantFrom(...Object.keys(input)).map((field) => ({ ...input, [field]: undefined })),
      );
    // The contract knows no other answer to a query or command of an admin with a wallet.
    const expectContract = ({ status, text }: Answer) => {
      const answer = JSON.parse(text) as { result?: unknown; error?: { data: { reason: string } } };
      if (status === 200) expect(answer.result).toBeDefined();
      else expect(answer.error?.data.reason).toMatch(/^[A-Z_]+$/);
    };

    /** 150 generated values, all at once; a failure prints its value, the seed brings all again. */
    const askAll = <Value>(
      arbitrary: fc.Arbitrary<Value>,
      askOne: (value: Value) => Promise<Answer>,
    ) =>
      Promise.all(
        fc.sample(arbitrary, { numRuns: 150, seed }).map(async (value) => {
          try {
            expectContract(await askOne(value));
          } catch (error) {
            throw new Error(`answered out of the contract: ${JSON.stringify(value)}`, {
              cause: error,
            });
          }
        }),
      );

    test.each(Object.entries(inputs.mutations))(
      "%s answers 150 of them by the contract",
      async (mutation, input) => {
        await askAll(almost(input), (value) => post(mutation, JSON.stringify(value) ?? ""));
      },
    );

    test.each(Object.entries(inputs.queries).filter(([, input]) => input !== undefined))(
      "%s answers 150 of them by the contract",
      async (query, input) => {
        await askAll(almost({ cursor: "1_x", ...input }), (value) => {
          const text = encodeURIComponent(JSON.stringify(value).slice(0, 3_000));
          return ask(`/trpc/${query}?input=${text}`);
        });
      },
    );

    test("searches of any text find nothing or something", async () => {
      await askAll(fc.string({ unit: "binary", maxLength: 100 }), (query) => {
        const input = encodeURIComponent(JSON.stringify({ query }));
        return ask(`/trpc/product.list?input=${input}`);
      });
    });
  });
});

/** Sends bytes as they are and reads what comes until the other side hangs up or falls silent. */
function raw(bytes: string): Promise<string> {
  const silenceMsMax = 2_000;
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(shop.url).port), "127.0.0.1", () => socket.write(bytes));
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(silenceMsMax, done);
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      // The head is enough to know; a connection kept alive would not end by itself.
      if (answer.includes("\r\n\r\n")) socket.setTimeout(50, done);
    });
    socket.on("end", done);
    // A reset after the answer is the server hanging up on what it does not want to read.
    socket.on("error", done);
  });
}
