import { apiUrl } from "../env";

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

/**
 * Hands a request of the browser to the API and streams the answer back, cookies included.
 * One origin for the browser; the API's address is read at run time.
 */
export const proxyToApi = async (request: Request): Promise<Response> => {
  const { pathname, search, host, protocol } = new URL(request.url);
  const headers = withoutConnection(request.headers);
  headers.delete("content-length");
  headers.set("accept-encoding", "identity");
  headers.set("x-forwarded-host", request.headers.get("host") ?? host);
  headers.set("x-forwarded-proto", request.headers.get("x-forwarded-proto") ?? protocol.slice(0, -1));
  if (!headers.has("x-request-id")) headers.set("x-request-id", crypto.randomUUID());

  try {
    const answer = await fetch(new URL(pathname + search, apiUrl()), {
      method: request.method,
      headers,
      body: request.body,
      duplex: "half",
      redirect: "manual",
      cache: "no-store",
      signal: request.signal,
    } as RequestInit & { duplex: "half" });
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
