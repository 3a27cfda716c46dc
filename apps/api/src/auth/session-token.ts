import { createHmac, timingSafeEqual } from "node:crypto";

/** The names better-auth gives its session cookie, without and with TLS. */
const cookiePattern =
  /(?:^|;\s*)(?:__Secure-)?better-auth\.session_token=([^;]*)/;

/**
 * The session token of a request: from `Authorization: Bearer`, signed or plain, else from the
 * session cookie, whose signature must be right. `undefined` when there is none to be trusted.
 */
export const sessionTokenOf = (
  headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined },
  secret: string,
): string | undefined => {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer.includes(".") ? verified(bearer, secret) : bearer;
  const cookie = cookiePattern.exec(headers.cookie ?? "")?.[1];
  return cookie === undefined ? undefined : verified(cookie, secret);
};

/** better-auth signs `token` as `token.base64(hmac-sha256(token))`, URL-encoded in cookies. */
const verified = (signed: string, secret: string): string | undefined => {
  const text = decoded(signed);
  const dot = text.lastIndexOf(".");
  const token = text.slice(0, dot);
  if (dot < 1) return undefined;
  const given = Buffer.from(text.slice(dot + 1), "base64");
  const right = createHmac("sha256", secret).update(token).digest();
  return given.length === right.length && timingSafeEqual(given, right) ? token : undefined;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
};
