import { apiUrl, bodyBytesMax } from "../env";
import { readBody, type BadBody } from "./request-body";

// They describe one connection, and there are two: browser to web, web to API.
const connectionHeaders = [
  "connection",
  "content-encoding",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const withoutConnection = (headers: Headers): Headers => {
  const kept = new Headers(headers);
  for (const name of connectionHeaders) kept.delete(name);
  return kept;
};

/** As the API answers, which hangs up on what is too large before we could hand its answer on. */
const refuse = (bad: BadBody, requestId: string, complete: boolean): Response => {
  const large = bad === "too large";
  const message = large ? "The request body is too large." : "The request body takes too long.";
  const data = {
    code: large ? "PAYLOAD_TOO_LARGE" : "TIMEOUT",
    httpStatus: large ? 413 : 408,
    requestId,
    reason: "INVALID_INPUT",
    retry: "never",
    issues: [{ path: [], message }],
  };
  const headers = {
    "cache-control": "no-store",
    "x-request-id": requestId,
    // Nobody reads the rest of it.
    ...(!complete && { connection: "close" }),
  };
  const error = { code: large ? -32013 : -32008, message, data };
  return Response.json({ error }, { status: data.httpStatus, headers });
};

/** The caller's own id where it is one that the API takes. */
const requestIdOf = ({ headers }: Request): string => {
  const given = headers.get("x-request-id") ?? "";
  return /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID();
};

/**
 * Hands a request of the browser to the API and streams the answer back, cookies included.
 * One origin for the browser; the API's address is read at run time. The body is read first: a slow
 * sender holds no connection of the API's.
 */
export const proxyToApi = async (request: Request): Promise<Response> => {
  const { pathname, search, host, protocol } = new URL(request.url);
  const headers = withoutConnection(request.headers);
  headers.delete("content-length");
  headers.set("accept-encoding", "identity");
  headers.set("x-forwarded-host", request.headers.get("host") ?? host);
  headers.set("x-forwarded-proto", request.headers.get("x-forwarded-proto") ?? protocol.slice(0, -1));
  const requestId = requestIdOf(request);
  headers.set("x-request-id", requestId);

  try {
    const read = request.body && (await readBody(request.body, bodyBytesMax()));
    if (typeof read?.body === "string") return refuse(read.body, requestId, read.complete);
    const answer = await fetch(new URL(pathname + search, apiUrl()), {
      method: request.method,
      headers,
      body: read?.body ?? null,
      redirect: "manual",
      cache: "no-store",
      signal: request.signal,
    });
    const { status, statusText } = answer;
    return new Response(answer.body, { status, statusText, headers: withoutConnection(answer.headers) });
  } catch {
    // The API is away. The browser sends the same key again until it is back.
    return Response.json(
      { message: "The shop's server does not answer; nothing is known about this request." },
      { status: 502, headers: { "cache-control": "no-store", "retry-after": "1" } },
    );
  }
};
