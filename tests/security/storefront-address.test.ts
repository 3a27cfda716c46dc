import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { writeClientAddresses } from "../../apps/web/src/lib/client-address.ts";
import { createClientAddress } from "../../apps/api/src/http/client-address.ts";

/* Next keeps the `X-Forwarded-For` that a client wrote; the storefront writes who it really was. */

/** One on this machine has nothing to say, one beside it is a proxy. */
writeClientAddresses(["127.0.0.2", "10.0.0.0/8"]);
const server = createServer(({ headers }, response) => response.end(headers["x-forwarded-for"]));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => void server.close());
const heard = (localAddress: string, headers: object) =>
  new Promise<string>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    get({ host: "127.0.0.1", port, localAddress, headers: { ...headers } }, (answer) => {
      answer.setEncoding("utf8").on("data", resolve).on("error", reject);
    }).on("error", reject);
  });

test("who calls the storefront is all there is, whatever they claim", async () => {
  expect(await heard("127.0.0.1", {})).toBe("127.0.0.1");
  expect(await heard("127.0.0.1", { "x-forwarded-for": "198.51.100.1" })).toBe("127.0.0.1");
  expect(await heard("127.0.0.1", { "x-forwarded-for": "10.0.0.1, 198.51.100.1" })).toBe("127.0.0.1");
  expect(await heard("127.0.0.1", { "x-forwarded-for": ["10.0.0.1", "198.51.100.1"] })).toBe("127.0.0.1");
});

test("a proxy in front of it is believed, and added at the end", async () => {
  expect(await heard("127.0.0.2", {})).toBe("127.0.0.2");
  expect(await heard("127.0.0.2", { "x-forwarded-for": "198.51.100.1" })).toBe("198.51.100.1, 127.0.0.2");
  expect(await heard("127.0.0.2", { "x-forwarded-for": "1.1.1.1, 198.51.100.1" })).toBe("1.1.1.1, 198.51.100.1, 127.0.0.2");
});

test("what is no network is said to be none", () => {
  for (const wrong of ["nonsense", "10.0.0.0/x", ""])
    expect(() => writeClientAddresses([wrong]), wrong).toThrow("TRUSTED_PROXIES");
});

test("the API believes the storefront, and not who called it", () => {
  const addressOf = createClientAddress(["10.0.0.9"]);
  const from = (forwarded: string) =>
    addressOf({ headers: { "x-forwarded-for": forwarded }, socket: { remoteAddress: "10.0.0.9" } } as never);
  // The storefront at 10.0.0.9 was called from 203.0.113.7, which claimed to be somebody else.
  expect(from("198.51.100.1, 203.0.113.7")).toBe("203.0.113.7");
});
