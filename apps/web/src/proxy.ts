import { NextResponse, type NextRequest } from "next/server";

const policyFor = (nonce: string) =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    // Components position and size things through style attributes.
    "style-src 'self' 'unsafe-inline'",
    // A product's picture may live on any web address.
    "img-src 'self' data: https: http:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ].join("; ");

/** Gives every page a content security policy with a nonce of its own. Authorises nothing. */
export const proxy = (request: NextRequest) => {
  const policy = policyFor(btoa(crypto.randomUUID()));
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from here.
  headers.set("content-security-policy", policy);
  // One id from the page to the API's log.
  if (!headers.has("x-request-id")) headers.set("x-request-id", crypto.randomUUID());
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
};

export const config = { matcher: ["/((?!trpc|api|_next/static|products/[^/]+\\.svg).*)"] };
