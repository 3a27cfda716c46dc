/** Where the API listens. */
export const apiUrl = (): string => process.env["API_URL"] ?? "http://127.0.0.1:4000";

/** The proxies in front of the storefront, whose `X-Forwarded-For` is believed; on this machine, any. */
export const trustedProxies = (): string[] =>
  (process.env["TRUSTED_PROXIES"] ?? "127.0.0.0/8,::1").split(",").map((network) => network.trim());

/** Bytes of a body that the API takes; `LIMITS` says so to both, and limits.ts of the API has its default. */
export const bodyBytesMax = (): number =>
  (JSON.parse(process.env["LIMITS"] ?? "{}") as { bodyBytes?: number }).bodyBytes ?? 65_536;
