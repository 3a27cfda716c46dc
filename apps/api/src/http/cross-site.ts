import type { IncomingMessage } from "node:http";

type Headers = IncomingMessage["headers"];

/**
 * The origins of pages that may use a session cookie: the storefront's and the API's own. On one
 * machine `localhost` and `127.0.0.1` are the same place, and browsers are sent to either.
 */
export const ownOriginsOf = (webOrigin: string, apiPort: number): readonly string[] =>
  [new URL(webOrigin).origin, `http://localhost:${apiPort}`].flatMap((origin) => [
    origin,
    origin.replace("//localhost:", "//127.0.0.1:"),
  ]);

/** `application/json`, with a charset if it must be; what a form can send is not among it. */
export const isJson = (contentType: string | undefined): boolean =>
  contentType === "application/json" || /^application\/json\s*(;|$)/i.test(contentType ?? "");

/**
 * Whether a request that changes something was sent by another site's page with the cookie of
 * whoever looks at it. Programs say neither `Origin` nor `Sec-Fetch-Site` and are let pass: nobody
 * can make them send a cookie. A bearer token is no cookie: no browser adds it by itself.
 */
export const isCrossSite = (headers: Headers, ownOrigins: readonly string[]): boolean => {
  if (headers.cookie === undefined || headers.authorization !== undefined) return false;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  return origin !== undefined && !ownOrigins.includes(origin) && !isOfHost(origin, headers.host);
};

/** A page that the API itself has served: its own address, as the client calls it. */
const isOfHost = (origin: string, host: string | undefined): boolean =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
