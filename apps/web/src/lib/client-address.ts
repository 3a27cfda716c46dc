import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

/**
 * Adds to `X-Forwarded-For` who is calling, as every proxy does; Next itself keeps whatever a client
 * wrote there, and the API counts sign-ins by it. The API reads the list from its end, as far as it
 * trusts who wrote it. Node announces each request before anybody has seen it.
 */
export const writeClientAddresses = (): void =>
  subscribe("http.server.request.start", (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    const peer = socket.remoteAddress ?? "";
    const before = headers["x-forwarded-for"];
    headers["x-forwarded-for"] = before === undefined ? peer : `${String(before)}, ${peer}`;
  });
