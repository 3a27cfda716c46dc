import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { race, tally } from "../support/race.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* With a collector named: a request, the group its command rode in, the steps of the transaction. */

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
  readonly links: { traceId: string; spanId: string }[];
}

let collector: Server;
let shop: Shop;
const spans: Span[] = [];
beforeAll(async () => {
  collector = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    expect(request.url).toBe("/v1/traces");
    const sent = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    spans.push(...sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)));
    response.end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  shop = await startShop({ variables: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  collector.close();
});

const traceOf = async (traceId: string, count: number): Promise<Span[]> => {
  const found = () => spans.filter((span) => span.traceId === traceId);
  await expect.poll(() => found().length, { timeout: 5_000 }).toBe(count);
  return found();
};

test("an order's trace goes from its caller through its group to the steps of the transaction", async () => {
  const { token } = await shop.shopper(10_000);
  const { productId } = await shop.product();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const { headers } = await shop.http.send(`${shop.url}/trpc/order.place`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({ items: [{ productId, quantity: 1 }], idempotencyKey: newKey() }),
  });
  const trace = await traceOf(traceId, 5);
  const request = trace.find(({ name }) => name === "/trpc/order.place")!;
  const group = trace.find(({ name }) => name === "group")!;
  expect(request.parentSpanId).toBe("b7ad6b7169203331");
  expect(request.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: "200" } });
  expect(request.attributes).toContainEqual({
    key: "stampede.request.id",
    value: { stringValue: headers["x-request-id"] },
  });
  expect(group.parentSpanId).toBe(request.spanId);
  const steps = trace.filter(({ parentSpanId }) => parentSpanId === group.spanId);
  const byStart = steps.toSorted((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)));
  expect(byStart.map(({ name }) => name)).toEqual(["begin", "lock rows, read keys", "write, commit"]);
  for (const step of steps) {
    expect(BigInt(step.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(group.startTimeUnixNano));
    expect(BigInt(step.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(group.endTimeUnixNano));
  }
});

test("a group of many is linked to each request that rode in it", async () => {
  const people = await shop.shoppers(40, 10_000);
  const { productId } = await shop.product();
  const order = () => ({ items: [{ productId, quantity: 1 }], idempotencyKey: newKey() });
  expect(tally(await race(people, ({ api }) => api.order.place.mutate(order())))).toEqual({ OK: 40 });
  const groups = () => spans.filter(({ name, links }) => name === "group" && links.length > 1);
  await expect.poll(() => groups().length, { timeout: 5_000 }).toBeGreaterThan(0);
  const [group] = groups();
  const known = () => new Set(spans.filter(({ name }) => name === "/trpc/order.place").map(({ spanId }) => spanId));
  await expect.poll(() => group!.links.every(({ spanId }) => known().has(spanId)), { timeout: 5_000 }).toBe(true);
});

describe("a collector that is away", () => {
  test("is nobody's problem", async () => {
    await using alone = await startShop({ variables: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" } });
    const people = await alone.shoppers(20);
    const charges = await race(people, ({ api }) => api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() }));
    expect(tally(charges)).toEqual({ OK: 20 });
    expect(await alone.apis[0]!.stop()).toEqual({ code: 0, signal: null });
    await alone.apis[0]!.start();
  });
});
