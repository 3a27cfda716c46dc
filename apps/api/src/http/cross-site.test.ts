import { expect, test } from "vitest";
import { isCrossSite, isJson, ownOriginsOf } from "./cross-site.ts";

const own = ownOriginsOf("https://shop.example", 4000);
const cookie = "better-auth.session_token=x";
const host = "api.example:4000";

test.each([
  ["the storefront's page", { origin: "https://shop.example", "sec-fetch-site": "same-origin" }],
  ["the storefront's page, in an old browser", { origin: "https://shop.example" }],
  ["the API's own address", { origin: "http://api.example:4000" }],
  ["this machine by name", { origin: "http://localhost:4000" }],
  ["this machine by number", { origin: "http://127.0.0.1:4000" }],
  ["somebody who typed the address", { "sec-fetch-site": "none" }],
  ["a program", {}],
  ["Node's fetch, which says a mode and no site", { "sec-fetch-mode": "cors" }],
])("%s may use the cookie", (_name, headers) => {
  expect(isCrossSite({ cookie, host, ...headers }, own)).toBe(false);
});

test.each([
  ["another site", { origin: "https://evil.example" }],
  ["another site, as the browser says", { "sec-fetch-site": "cross-site" }],
  ["a sibling", { origin: "https://blog.shop.example", "sec-fetch-site": "same-site" }],
  ["a sibling that hides", { "sec-fetch-site": "same-site" }],
  ["a page without an origin", { origin: "null" }],
  ["the right name on another port", { origin: "https://shop.example:8443" }],
  ["the right name without TLS", { origin: "http://shop.example" }],
  ["a name that begins alike", { origin: "https://shop.example.evil.example" }],
  ["a name that ends alike", { origin: "https://evilshop.example" }],
  ["nothing at all", { origin: "" }],
])("%s may not", (_name, headers) => {
  expect(isCrossSite({ cookie, host, ...headers }, own)).toBe(true);
});

test("a bearer token is nothing that a browser sends by itself", () => {
  const headers = { authorization: "Bearer x", origin: "https://evil.example", host };
  expect(isCrossSite(headers, own)).toBe(false);
});

test("only JSON is JSON", () => {
  for (const type of ["application/json", "application/json; charset=utf-8", "Application/JSON"])
    expect(isJson(type), type).toBe(true);
  const others = [
    undefined,
    "",
    "text/plain",
    "application/jsonx",
    "application/json-patch+json",
    "multipart/form-data; boundary=application/json",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "text/plain; application/json",
  ];
  for (const type of others) expect(isJson(type), type).toBe(false);
});
