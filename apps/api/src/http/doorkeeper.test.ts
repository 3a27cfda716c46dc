import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pino from "pino";
import { expect, test } from "vitest";
import { defaultLimits } from "../limits.ts";
import { createMetrics } from "../observability/metrics.ts";
import type { Shop } from "../shop.ts";
// Its commands are those that the door knows.
import "../routers/app.ts";
import { createDoorkeeper } from "./doorkeeper.ts";

/** A door where so many stand in line and so many wait for a group, of ten who may. */
const openDoor = async ({ inLine, forGroup }: { readonly inLine: number; readonly forGroup: number }) => {
  const turnsAway = createDoorkeeper(
    {
      shop: { shell: { waiting: () => forGroup } } as unknown as Shop,
      log: pino({ enabled: false }),
      metrics: createMetrics(),
      limits: { ...defaultLimits, commandsWaiting: 10 },
    },
    { pass() {}, waiting: () => inLine },
  );
  const server = createServer((request, response) => {
    if (!turnsAway(request, response)) response.end("come in");
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ask: (method: string, procedure: string) => fetch(`http://127.0.0.1:${port}/trpc/${procedure}`, { method }),
    [Symbol.dispose]: () => void server.close(),
  };
};

test.each([
  { inLine: 10, forGroup: 0 },
  { inLine: 4, forGroup: 6 },
  { inLine: 0, forGroup: 10 },
])("with $inLine in line and $forGroup waiting for a group a command is told to come again", async (waiting) => {
  using door = await openDoor(waiting);
  const answer = await door.ask("POST", "order.place");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(await answer.json()).toMatchObject({
    error: { data: { reason: "OVERLOADED", path: "order.place", requestId: answer.headers.get("x-request-id") } },
  });
});

test("with one place left a command comes in", async () => {
  using door = await openDoor({ inLine: 4, forGroup: 5 });
  expect(await (await door.ask("POST", "order.place")).text()).toBe("come in");
});

test("reads come in however many wait", async () => {
  using door = await openDoor({ inLine: 10, forGroup: 10 });
  expect(await (await door.ask("GET", "product.list")).text()).toBe("come in");
});
