import "server-only";
import { cookies, headers } from "next/headers";
import { cache } from "react";

/**
 * What the API hears of whoever asks for this page: the session's cookie, if there is one, and the
 * id of the request. Nothing else of the browser goes on.
 */
export const visitorHeaders = cache(async () => {
  const [jar, asked] = await Promise.all([cookies(), headers()]);
  const session = jar.getAll().filter(({ name }) => name.endsWith("session_token"));
  const cookie = session.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join("; ");
  const requestId = asked.get("x-request-id");
  return { ...(cookie && { cookie }), ...(requestId && { "x-request-id": requestId }) };
});
