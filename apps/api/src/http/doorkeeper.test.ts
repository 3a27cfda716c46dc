import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pino from "pino";
import { expect, test } from "vitest";
import { createMetrics } from "../observability/metrics.ts";
// Its commands are those that the door knows.
import "../routers/app.ts";
import { sendThrough } from "./answer.ts";
import { createDoorkeeper } from "./doorkeeper.ts";

/** A door at which whoever may be turned away is. */
const openDoor = async () => {
  const turnAwayOf = createDoorkeeper({ log: pino({ enabled: false }), metrics: createMetrics() });
  const server = createServer((request, response) => {
    const turnAway = turnAwayOf(request, sendThrough(response));
    if (turnAway) turnAway();
    else response.end("come in");
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ask: (method: string, procedure: string) => fetch(`http://127.0.0.1:${port}/trpc/${procedure}`, { method }),
    [Symbol.dispose]: () => void server.close(),
  };
};

test("a command is told to come again, as any refusal is", async () => {
  using door = await openDoor();
  const answer = await door.ask("POST", "order.place");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
  const requestId = answer.headers.get("x-request-id");
  expect(await answer.json()).toMatchObject({
    error: { data: { reason: "OVERLOADED", path: "order.place", requestId } },
  });
});

test.each([
  ["GET", "product.list"],
  ["POST", "admin.createProduct"],
  ["POST", "nothing.known"],
])("%s %s is no command and comes in", async (method, procedure) => {
  using door = await openDoor();
  expect(await (await door.ask(method, procedure)).text()).toBe("come in");
});
