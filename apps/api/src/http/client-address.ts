import { BlockList, isIP, isIPv6 } from "node:net";
import type { Asked } from "./answer.ts";

/** Where a request comes from: the address of the client in front of all proxies that are trusted. */
export interface ClientAddress {
  (request: Pick<Asked, "headers" | "socket">): string;
}

/**
 * `X-Forwarded-For` says whatever its sender likes. Each proxy appends the address it was called
 * from, so the list is read from its end, and only as far as trusted proxies have written it.
 *
 * @param trustedProxies addresses, or networks as in `10.0.0.0/8`
 */
export const createClientAddress = (trustedProxies: readonly string[]): ClientAddress => {
  const isTrusted = remembered(addressesIn(trustedProxies));
  return ({ headers, socket }) => {
    const peer = plainAddress(socket.remoteAddress ?? "");
    const forwarded = headers["x-forwarded-for"];
    if (forwarded === undefined || !isTrusted(peer)) return peer;
    const hops = String(forwarded).split(",").map((hop) => plainAddress(hop.trim()));
    // What is no address was not written by a proxy of ours: the last one that is counts.
    let nearest = peer;
    for (const hop of hops.toReversed()) {
      if (isIP(hop) === 0) break;
      nearest = hop;
      if (!isTrusted(hop)) break;
    }
    return nearest;
  };
};

/** Addresses that are remembered; the proxies, and whoever has been here lately. */
const rememberedMax = 10_000;

/** Asked once an address: the list takes 2 µs each time. */
const remembered = (ask: (address: string) => boolean): ((address: string) => boolean) => {
  const known = new Map<string, boolean>();
  return (address) => {
    let answer = known.get(address);
    if (answer === undefined) {
      if (known.size >= rememberedMax) known.clear();
      known.set(address, (answer = ask(address)));
    }
    return answer;
  };
};

/** Whether an address is in one of the networks. Throws a sentence when one of them is none. */
export const addressesIn = (networks: readonly string[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (isIP(address) === 0)
      throw new Error(`"${network}" is no address and no network like 10.0.0.0/8.`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) > 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
};

/** An IPv4 address as such, also where a socket for both kinds writes it as IPv6. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/**
 * What one client is counted by: an IPv4 address, or the /64 that one IPv6 client has to itself.
 * `undefined` for a program on this very machine, which has better ways to do harm.
 */
export const countedAddress = (address: string): string | undefined => {
  if (address.startsWith("127.") || address === "::1") return undefined;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  const groups = [...before, ...middle, ...after].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
};
