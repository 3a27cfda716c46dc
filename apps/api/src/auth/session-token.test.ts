import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { sessionTokenOf } from "./session-token.ts";

const secret = "a secret of more than thirty-two characters";
const sign = (token: string, by = secret) =>
  `${token}.${createHmac("sha256", by).update(token).digest("base64")}`;

test("a bearer token is taken as it is, or signed", () => {
  expect(sessionTokenOf({ authorization: "Bearer abc123" }, secret)).toBe("abc123");
  expect(sessionTokenOf({ authorization: "bearer abc123" }, secret)).toBe("abc123");
  expect(sessionTokenOf({ authorization: `Bearer ${sign("abc123")}` }, secret)).toBe("abc123");
});

test("a cookie's token is taken when its signature is right, among other cookies too", () => {
  const cookie = `a=b; better-auth.session_token=${encodeURIComponent(sign("abc123"))}; c=d`;
  expect(sessionTokenOf({ cookie }, secret)).toBe("abc123");
  expect(sessionTokenOf({ cookie: cookie.replace("; better", "; __Secure-better") }, secret)).toBe("abc123");
});

test.each([
  ["nothing", {}],
  ["another scheme", { authorization: "Basic abc123" }],
  ["a token without signature in the cookie", { cookie: "better-auth.session_token=abc123" }],
  ["a signature by another secret", { cookie: `better-auth.session_token=${sign("abc123", "x")}` }],
  ["a signature of another token", { authorization: `Bearer abc124${sign("abc123").slice(6)}` }],
  ["an empty token", { cookie: `better-auth.session_token=${sign("")}` }],
  ["a broken encoding", { cookie: "better-auth.session_token=%E0%A4%A" }],
  ["a cookie whose name only ends alike", { cookie: `xbetter-auth.session_token=${sign("abc123")}` }],
])("%s is no session", (_name, headers) => {
  expect(sessionTokenOf(headers, secret)).toBeUndefined();
});
