import { Agent, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import type { httpLink } from "@trpc/client";
import { leakIn } from "./leak.ts";

export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  /** Sends the body in chunks of unknown total length, as a program that streams does. */
  readonly chunked?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

type Fetch = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

export interface Http extends Disposable {
  /** One request. Rejects when the connection fails, and when an answer shows what it must not. */
  send(url: string, asked?: Asked): Promise<Answered>;
  /** The same as the `fetch` of a tRPC client. */
  readonly fetch: Fetch;
}

/** Connections that are kept alive, as many as there are requests at once. */
export function openHttp(): Http {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 4_000 });

  const send = (url: string, asked: Asked = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const { method = "GET", signal, body, chunked = false } = asked;
      const headers = { ...asked.headers };
      if (body !== undefined && !chunked) headers["content-length"] = Buffer.byteLength(body);
      const sent = request(url, { agent, method, headers, ...(signal && { signal }) }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const leak = leakIn(text);
          if (leak !== undefined) reject(new Error(`${method} ${url} leaks: ${leak}`));
          else resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
      });
      sent.on("error", reject);
      // A client that writes on while the server has answered and hung up sees EPIPE: the answer
      // counts, and it has been read by then.
      if (chunked && body !== undefined) writeInChunks(body, (chunk) => sent.write(chunk));
      sent.end(chunked ? undefined : body);
    });

  const fetch = (async (url: string, init: RequestInit = {}) => {
    const { status, text } = await send(url, {
      method: init.method ?? "GET",
      headers: init.headers as OutgoingHttpHeaders,
      ...(typeof init.body === "string" && { body: init.body }),
      ...(init.signal && { signal: init.signal }),
    });
    return { status, ok: status < 400, json: async () => JSON.parse(text) as unknown };
  }) as unknown as Fetch;

  return { send, fetch, [Symbol.dispose]: () => agent.destroy() };
}

function writeInChunks(body: string | Buffer, write: (chunk: Buffer) => void): void {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += 8_192) write(bytes.subarray(at, at + 8_192));
}
