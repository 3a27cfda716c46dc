import { expect, test } from "vitest";
import { addressesIn, countedAddress, createClientAddress } from "./client-address.ts";

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    socket: { remoteAddress },
  }) as Parameters<ReturnType<typeof createClientAddress>>[0];

const addressOf = createClientAddress(["127.0.0.0/8", "::1", "10.1.0.0/16"]);

test.each([
  ["nobody in between", from("203.0.113.7"), "203.0.113.7"],
  ["IPv4 as IPv6", from("::ffff:203.0.113.7"), "203.0.113.7"],
  ["a stranger who claims to be a proxy", from("203.0.113.7", "198.51.100.1"), "203.0.113.7"],
  ["our proxy", from("127.0.0.1", "198.51.100.1"), "198.51.100.1"],
  ["our proxy, over IPv6", from("::1", "2001:db8::7"), "2001:db8::7"],
  ["two of our proxies", from("127.0.0.1", "198.51.100.1, 10.1.2.3"), "198.51.100.1"],
  ["a client that wrote a list itself", from("127.0.0.1", "1.1.1.1, 198.51.100.1"), "198.51.100.1"],
  ["a client that wrote one of ours", from("127.0.0.1", "1.1.1.1, 10.1.2.3, 198.51.100.1"), "198.51.100.1"],
  ["a program on the machine", from("127.0.0.1"), "127.0.0.1"],
  ["nonsense", from("127.0.0.1", "' or 1=1 --"), "127.0.0.1"],
  ["nonsense in front", from("127.0.0.1", "x, 198.51.100.1"), "198.51.100.1"],
  ["nothing", from("127.0.0.1", ""), "127.0.0.1"],
])("%s", (_name, request, address) => {
  expect(addressOf(request)).toBe(address);
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0db8:0000:0000:ffff::", "2001:db8:0:0::/64"],
  ["::1", undefined],
  ["127.0.0.1", undefined],
  ["::", "0:0:0:0::/64"],
])("%s is counted as %s", (address, counted) => {
  expect(countedAddress(address)).toBe(counted);
});

test("what is no network is said to be none", () => {
  for (const wrong of ["nonsense", "10.0.0.0/x", "10.0.0.0/8/8", ""])
    expect(() => addressesIn([wrong]), wrong).toThrow(/no address/);
});
