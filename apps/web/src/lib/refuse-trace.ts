import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Answers TRACE before Next does: it makes a `Request` of everything first, whose standard knows no
 * such method, and says 500. What it says after this is a write after the end, which goes nowhere.
 */
export const refuseTrace = (): void =>
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.method !== "TRACE") return;
    response.on("error", () => {});
    response.writeHead(405, { allow: "GET, HEAD, POST, OPTIONS" }).end();
  });
