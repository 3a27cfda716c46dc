import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { race, runners, tally } from "../support/race.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

/* The limits of apps/api/src/limits.ts, at work. Sizes and batches are in contract/bad-input.test.ts. */

const limits = (over: object) => ({ RATE_LIMIT: "on", LIMITS: JSON.stringify(over) });

describe("a user's share", () => {
  test("counts what is done, not what is asked again", async () => {
    await using shop = await startShop({ variables: limits({ writesPerUser: 10 }) });
    const [one, other] = await shop.shoppers(2);
    const charge = (idempotencyKey = newKey()) =>
      one!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey });
    const first = await charge("the-same-click");
    for (let again = 0; again < 60; again++) expect(await charge("the-same-click")).toEqual(first);
    for (let more = 0; more < 9; more++) await charge();
    await expectRefused(charge(), "RATE_LIMITED");
    // Also the old answer has to wait now: it is not known for a replay before it is looked up.
    await expectRefused(charge("the-same-click"), "RATE_LIMITED");
    expect((await one!.api.wallet.balance.query()).balance).toBe(10_000);
    await other!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() });
  });

  test("of reads is counted apart from that of commands", async () => {
    await using shop = await startShop({ variables: limits({ readsPerUser: 20, writesPerUser: 5 }) });
    const [one] = await shop.shoppers(1);
    const reads = await race(runners(30), () => one!.api.wallet.balance.query());
    expect(tally(reads)).toEqual({ OK: 20, RATE_LIMITED: 10 });
    await one!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() });
    // What anyone may read is not counted by user.
    const anyones = await race(runners(40), () => one!.api.product.popular.query());
    expect(tally(anyones)).toEqual({ OK: 40 });
  });
});

describe("one request", () => {
  test("is GET, HEAD, POST or OPTIONS", async () => {
    await using shop = await startShop();
    for (const method of ["TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY", "PURGE"])
      for (const path of ["/trpc/product.list", "/trpc/wallet.charge", "/api/auth/get-session", "/metrics", "/"]) {
        const { status, headers } = await shop.http.send(`${shop.url}${path}`, { method });
        expect(status, `${method} ${path}`).toBe(405);
        expect(headers["allow"]).toBe("GET, HEAD, POST, OPTIONS");
      }
  });

  test("has an address and headers of 16 KB at most", async () => {
    await using shop = await startShop();
    const ask = (path: string, headers = {}) => shop.http.send(`${shop.url}${path}`, { headers });
    expect((await ask(`/health/live?${"x".repeat(15_000)}`)).status).toBe(200);
    expect((await ask(`/health/live?${"x".repeat(17_000)}`)).status).toBe(431);
    expect((await ask("/health/live", { "x-big": "x".repeat(17_000) })).status).toBe(431);
  });

  test("of another size where it is set so", async () => {
    await using shop = await startShop({ variables: limits({ bodyBytes: 8_192, batch: 3 }) });
    const { token } = await shop.shopper();
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const post = (bytes: number) =>
      shop.http.send(`${shop.url}/trpc/wallet.charge`, { method: "POST", headers, body: "x".repeat(bytes) });
    expect((await post(8_192)).status).toBe(400);
    expect((await post(8_193)).status).toBe(413);
    const batchOf = (calls: number) =>
      shop.http.send(`${shop.url}/trpc/${Array(calls).fill("product.popular").join(",")}?batch=1&input=%7B%7D`);
    expect((await batchOf(3)).status).toBe(200);
    expect((await batchOf(4)).status).toBe(400);
  });
});

test("connections over the limit are closed; those that are open go on", async () => {
  await using shop = await startShop({ variables: limits({ connections: 100 }) });
  const dawdlers = await dawdle(shop, 90);
  const more = await dawdle(shop, 60);
  await expect.poll(() => more.filter(({ destroyed }) => destroyed).length, { timeout: 2_000 }).toBeGreaterThan(45);
  for (const socket of dawdlers) socket.destroy();
  for (const socket of more) socket.destroy();
  await expect
    .poll(() => shop.http.send(`${shop.url}/health/live`).then(({ status }) => status, () => 0), { timeout: 2_000 })
    .toBe(200);
});

test("2,000 dawdlers do not stop a buyer, and are gone in time", { timeout: 60_000 }, async () => {
  await using shop = await startShop();
  const buyers = await shop.shoppers(20, 1_000_000);
  const { productId } = await shop.product({ stock: 1_000_000, price: 10 });
  const buyFor = (ms: number) => p99OfOrders(buyers, productId, ms);
  await buyFor(1_000);
  const before = await buyFor(2_000);
  const dawdlers = await dawdle(shop, 2_000);
  const during = await buyFor(2_000);
  expect(dawdlers.filter(({ destroyed }) => destroyed).length).toBe(0);
  // 9 s by the limits, and as much again for a busy machine.
  await expect
    .poll(() => dawdlers.filter(({ destroyed }) => !destroyed).length, { timeout: 18_000, interval: 100 })
    .toBe(0);
  const after = await buyFor(2_000);
  console.log(`p99 of an order: ${before} ms before, ${during} ms during, ${after} ms after`);
  expect(during).toBeLessThanOrEqual(2 * Math.max(before, after));
});

/** Opens connections that begin a request, every second one with a body, and send a byte a second. */
async function dawdle(shop: Shop, count: number): Promise<Socket[]> {
  const port = Number(new URL(shop.url).port);
  const begun = [
    "GET /trpc/product.popular HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "POST /trpc/wallet.charge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
  ];
  const sockets = runners(count).map((index) => {
    let drip: NodeJS.Timeout | undefined;
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(begun[index % 2]!);
      drip = setInterval(() => socket.write(" "), 1_000);
    });
    socket.on("error", () => {});
    // What the server says as it hangs up is to be read, or the connection would only be half closed.
    socket.on("data", () => {});
    socket.on("close", () => clearInterval(drip));
    return socket;
  });
  await Promise.all(
    sockets.map(
      (socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve)),
    ),
  );
  await sleep(100);
  return sockets;
}

/** Everyone buys one thing after the other; the slowest but one in a hundred, in ms. */
async function p99OfOrders(buyers: readonly Person[], productId: string, forMs: number): Promise<number> {
  const times: number[] = [];
  const until = performance.now() + forMs;
  await Promise.all(
    buyers.map(async ({ api }) => {
      while (performance.now() < until) {
        const startedAt = performance.now();
        const items = [{ productId, quantity: 1 }];
        await api.order.place.mutate({ items, idempotencyKey: newKey() });
        times.push(performance.now() - startedAt);
      }
    }),
  );
  return Math.round(times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)]!);
}
