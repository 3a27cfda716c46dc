import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";

/**
 * Writes into `X-Forwarded-For` who is calling, as every proxy does; Next itself keeps whatever a
 * client wrote there, and the API counts sign-ins by it. What was there before stays only where the
 * caller is a proxy that is trusted: a browser that is called from directly has nothing to say. Node
 * announces each request before anybody has seen it.
 *
 * @param trustedProxies addresses, or networks as in `10.0.0.0/8`
 */
export const writeClientAddresses = (trustedProxies: readonly string[]): void => {
  const isTrusted = isInOneOf(trustedProxies);
  subscribe("http.server.request.start", (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    const peer = plainAddress(socket.remoteAddress ?? "");
    const before = isTrusted(peer) ? headers["x-forwarded-for"] : undefined;
    headers["x-forwarded-for"] = before === undefined ? peer : `${String(before)}, ${peer}`;
  });
};

/** An IPv4 address as such, also where a socket for both kinds writes it as IPv6. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/** Networks are written and meant as for the API. Throws a sentence when one of them is none. */
const isInOneOf = (networks: readonly string[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (isIP(address) === 0)
      throw new Error(`TRUSTED_PROXIES: "${network}" is no address and no network like 10.0.0.0/8.`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) > 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
};
