import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { proxyToApi } from "../../apps/web/src/lib/api-proxy.ts";
import { refuseTrace } from "../../apps/web/src/lib/refuse-trace.ts";
import { openHttp } from "../support/http.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* What the storefront hands on to the API, and what it refuses in the API's own words. */

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
  vi.stubEnv("API_URL", shop.url);
});
afterAll(() => shop[Symbol.asyncDispose]());
afterEach(() => void vi.useRealTimers());

const headers = { "content-type": "application/json", "x-request-id": "storefront-door" };
const post = (body: BodyInit) =>
  proxyToApi(
    new Request("http://localhost:3000/trpc/wallet.charge", { method: "POST", headers, body, duplex: "half" } as RequestInit),
  );

/** A body in pieces, of which nobody knows how many will come; `undefined` waits for ever. */
const inPieces = (piece: (index: number) => number | undefined) => {
  let index = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const bytes = piece(index++);
      if (bytes === undefined) await new Promise(() => {});
      else if (bytes === 0) controller.close();
      else controller.enqueue(new Uint8Array(bytes).fill(32));
    },
  });
};

test("a body of 3 MB is refused as by the API itself, announced or not", async () => {
  const direct = await shop.http.send(`${shop.url}/trpc/wallet.charge`, { method: "POST", headers, body: "x".repeat(3_000_000) });
  expect(direct.status).toBe(413);
  for (const body of ["x".repeat(3_000_000), inPieces((index) => (index < 300 ? 10_000 : 0))]) {
    const refused = await post(body);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual(JSON.parse(direct.text));
    expect(refused.headers.get("cache-control")).toBe("no-store");
    expect(refused.headers.get("x-request-id")).toBe("storefront-door");
    // All of it was read, so the connection is good for more.
    expect(refused.headers.get("connection")).toBeNull();
  }
});

test("the largest body that the API takes is handed on whole, and one byte more is refused", async () => {
  const answered = await post(JSON.stringify({ amount: 1 }).padEnd(65_536));
  expect(answered.status).toBe(401);
  expect((await post(JSON.stringify({ amount: 1 }).padEnd(65_537))).status).toBe(413);
  vi.stubEnv("LIMITS", JSON.stringify({ bodyBytes: 10_000 }));
  expect((await post("x".repeat(10_001))).status).toBe(413);
  vi.stubEnv("LIMITS", undefined);
});

test("a body without end is refused, and its connection closed", async () => {
  const refused = await post(inPieces(() => 65_536));
  expect(refused.status).toBe(413);
  expect(refused.headers.get("connection")).toBe("close");
});

test("a body that does not come is waited for as long as the API waits", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const refusing = post(inPieces((index) => (index === 0 ? 10 : undefined)));
  await vi.advanceTimersByTimeAsync(7_999);
  let answered = false;
  void refusing.then(() => (answered = true));
  await vi.advanceTimersByTimeAsync(0);
  expect(answered).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  const refused = await refusing;
  expect(refused.status).toBe(408);
  expect(refused.headers.get("connection")).toBe("close");
});

test("TRACE is answered before anything else sees it", async () => {
  refuseTrace();
  const server = createServer((_request, response) => {
    response.statusCode = 500;
    response.end("Internal Server Error");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const http = openHttp();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const refused = await http.send(url, { method: "TRACE" });
  expect(refused).toMatchObject({ status: 405, text: "", headers: { allow: "GET, HEAD, POST, OPTIONS" } });
  expect((await http.send(url)).status).toBe(500);
  http[Symbol.dispose]();
  server.close();
});
