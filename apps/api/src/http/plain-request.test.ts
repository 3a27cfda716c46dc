import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlainRequest } from "./plain-request.ts";

const limits = { bodyBytes: 1_000, headerBytes: 1_000, headers: 20 };
const read = (text: string) => readPlainRequest(Buffer.from(text), limits);

const post = (headers: readonly string[], body = '{"amount":1000}', line = "POST /trpc/wallet.charge HTTP/1.1") =>
  [line, ...headers, "", body].join("\r\n");
const usual = ["Host: shop", "Content-Type: application/json", "Content-Length: 15"];
const get = (...headers: string[]) => ["GET /trpc/product.list?input=%7B%7D HTTP/1.1", ...headers, "", ""].join("\r\n");

test("reads a command", () => {
  expect(read(post([...usual, "AUTHORIZATION:Bearer abc", "Connection: Keep-Alive"]))).toEqual({
    ...{ method: "POST", url: "/trpc/wallet.charge", body: '{"amount":1000}' },
    headers: {
      ...{ host: "shop", "content-type": "application/json", "content-length": "15" },
      ...{ authorization: "Bearer abc", connection: "Keep-Alive" },
    },
  });
});

test("reads a query, and a body in another language", () => {
  expect(read(get("Host: shop"))).toMatchObject({ method: "GET", url: "/trpc/product.list?input=%7B%7D", body: "" });
  const body = '{"name":"우산"}';
  const headers = ["Host: shop", `Content-Length: ${Buffer.byteLength(body)}`];
  expect(read(post(headers, body))?.body).toBe(body);
});

test.each([
  ["nothing", ""],
  ["half a head", "POST /trpc/wallet.charge HTTP/1.1\r\nHost: sh"],
  ["half a body", post(usual, '{"amou')],
  ["two requests at once", post(usual) + post(usual)],
  ["an empty line in front", `\r\n${post(usual)}`],
  ["an older HTTP", post(usual, undefined, "POST /trpc/wallet.charge HTTP/1.0")],
  ["another path", post(usual, undefined, "POST /api/auth/sign-in HTTP/1.1")],
  ["an absolute address", post(usual, undefined, "POST http://shop/trpc/wallet.charge HTTP/1.1")],
  ["another method", get("Host: shop").replace("GET", "HEAD")],
  ["two spaces", post(usual, undefined, "POST  /trpc/wallet.charge HTTP/1.1")],
  ["no host", post(usual.slice(1))],
  ["two hosts", post([...usual, "Host: other"])],
  ["a header twice", post([...usual, "X-Request-Id: abcdefgh", "x-request-id: hgfedcba"])],
  ["no length", post(usual.slice(0, 2))],
  ["a signed length", post(["Host: shop", "Content-Length: +15"])],
  ["two lengths in one", post(["Host: shop", "Content-Length: 15, 15"])],
  ["a length too long for any body", post(["Host: shop", "Content-Length: 00000015"])],
  ["a query with a length", get("Host: shop", "Content-Length: 0")],
  ["chunks", post([...usual, "Transfer-Encoding: chunked"])],
  ["who wants to be asked first", post([...usual, "Expect: 100-continue"])],
  ["who wants another protocol", post([...usual, "Upgrade: h2c"])],
  ["who hangs up afterwards", post([...usual, "Connection: close"])],
  ["a proxy's connection", post([...usual, "Proxy-Connection: keep-alive"])],
  ["a folded header", post([...usual, "X-Long: one", " two"])],
  ["space before the colon", post([...usual, "Cookie : a=1"])],
  ["space at the end", post([...usual, "X-Name: value "])],
  ["an empty value", post([...usual, "X-Name:"])],
  ["a header in another language", post([...usual, "X-Name: 우산"])],
  ["a bare line feed", post(usual).replaceAll("\r\n", "\n")],
  ["a bare carriage return", post([...usual, "X-Name: a\rb"])],
  ["NUL in a header", post([...usual, "X-Name: a\0b"])],
  ["an underscore in a name, as in __proto__", post([...usual, "__proto__: a"])],
  ["headers over the limit", post([...usual, `X-Name: ${"a".repeat(1_000)}`])],
  ["more headers than may be", post([...usual, ...Array.from({ length: 18 }, (_, n) => `X-${n}: a`)])],
  ["a body over the limit", post(["Host: shop", "Content-Length: 1001"], "a".repeat(1_001))],
])("%s is Node's", (_name, text) => {
  expect(read(text)).toBeUndefined();
});

test("a header that objects have by themselves is one like any other", () => {
  expect(read(get("Host: shop", "Constructor: a"))?.headers["constructor"]).toBe("a");
});

const plain = fc.constantFrom(post([...usual, "Connection: keep-alive", "X-Name: some value"]), get("Host: shop", "Accept: */*"));
const pieces = ["\r\n", "\r", "\n", " ", "\t", ":", ";", ",", "\0", "é", "%", "#", "?", "/", "0", "A", "close", "chunked"];
/** Up to three pieces are put somewhere, in place of nothing, or of a character or two. */
const edits = fc.array(
  fc.record({ at: fc.nat(), out: fc.nat({ max: 2 }), piece: fc.constantFrom(...pieces) }),
  { maxLength: 3 },
);

test("what is read here Node reads the same", async () => {
  let readHere = 0;
  const sameAsNode = fc.asyncProperty(plain, edits, async (text, places) => {
    for (const { at, out, piece } of places) {
      const from = at % text.length;
      text = text.slice(0, from) + piece + text.slice(from + out);
    }
    const bytes = Buffer.from(text, "latin1");
    const ours = readPlainRequest(bytes, limits);
    if (!ours) return;
    readHere++;
    expect(await asNodeReads(bytes)).toEqual(ours);
  });
  await fc.assert(sameAsNode, { numRuns: 3_000 });
  expect(readHere).toBeGreaterThan(300);
});

/** What Node's own server makes of these bytes; what it refuses is `undefined`. */
const asNodeReads = async (bytes: Buffer): Promise<unknown> => {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => (body += text));
    request.on("end", () => {
      const { method, url, headers } = request;
      response.end(JSON.stringify({ method, url, headers, body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.end(bytes);
  let answer = "";
  for await (const chunk of socket.setEncoding("utf8")) answer += chunk as string;
  server.close();
  return answer.startsWith("HTTP/1.1 200") ? JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) : undefined;
};
