import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "../trpc/shared-answer.ts";
import { commonHeaders } from "./headers.ts";

/** What is looked at of a request, whoever has read it. */
export type Asked = Pick<IncomingMessage, "method" | "url" | "headers"> & {
  readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
};

/** Sends the whole answer to one request: its body as JSON, and what headers it has beside `sameHeaders`. */
export interface Send {
  (status: number, requestId: string, body: Body, headers?: readonly string[]): void;
}

/** The headers that are the same in every answer of tRPC's protocol, as one flat list. */
export const sameHeaders: readonly string[] = [
  ...Object.entries(commonHeaders).flat(),
  ...["content-type", "application/json"],
  ...["vary", "trpc-accept, accept"],
];

/**
 * By Node's own HTTP server. The headers go to it as one flat list: as an object beside `setHeader` they
 * cost 12 µs more, half of what Node needs for the whole request.
 */
export const sendThrough =
  (response: ServerResponse): Send =>
  (status, requestId, { text, encoding, byteLength }, headers = []) => {
    const own = ["x-request-id", requestId, "content-length", String(byteLength), ...headers];
    response.writeHead(status, [...sameHeaders, ...own]);
    response.end(text, encoding);
  };
