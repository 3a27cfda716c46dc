import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { writeClientAddresses } from "../../apps/web/src/lib/client-address.ts";
import { createClientAddress } from "../../apps/api/src/http/client-address.ts";
import { openHttp } from "../support/http.ts";

/* Next keeps the `X-Forwarded-For` that a client wrote; the storefront adds who it really was. */

writeClientAddresses();
const http = openHttp();
const server = createServer(({ headers }, response) => response.end(headers["x-forwarded-for"]));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => {
  http[Symbol.dispose]();
  server.close();
});
const heard = async (headers: object) =>
  (await http.send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { ...headers } })).text;

test("who calls the storefront is added at the end, whatever they claim", async () => {
  expect(await heard({})).toBe("127.0.0.1");
  expect(await heard({ "x-forwarded-for": "198.51.100.1" })).toBe("198.51.100.1, 127.0.0.1");
  expect(await heard({ "x-forwarded-for": "10.0.0.1, 198.51.100.1" })).toBe("10.0.0.1, 198.51.100.1, 127.0.0.1");
});

test("the API believes the storefront, and not who called it", () => {
  const addressOf = createClientAddress(["10.0.0.9"]);
  const from = (forwarded: string) =>
    addressOf({ headers: { "x-forwarded-for": forwarded }, socket: { remoteAddress: "10.0.0.9" } } as never);
  // The storefront at 10.0.0.9 was called from 203.0.113.7, which claimed to be somebody else.
  expect(from("198.51.100.1, 203.0.113.7")).toBe("203.0.113.7");
});
