/**
 * What every answer says to a browser that comes here directly: nothing here is a page, nothing is
 * for another site, nothing is to be kept (and a proxy must not hold back a streamed batch).
 */
export const commonHeaders = {
  "cache-control": "no-store, no-transform",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
} as const;
