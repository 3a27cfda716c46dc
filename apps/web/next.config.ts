import type { NextConfig } from "next";
import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin({
  requestConfig: "./src/i18n/request.ts",
  experimental: {
    // Compiled at build time, so no browser loads a message parser.
    messages: { path: "./messages", format: "json", locales: "infer", precompile: true },
  },
});

// What every answer carries; the content security policy needs a nonce and lives in src/proxy.ts.
const securityHeaders = [
  { key: "Strict-Transport-Security", value: "max-age=31536000; includeSubDomains" },
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
];

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  transpilePackages: ["@stampede/core"],
  // Pictures are SVG: there is nothing to resize, and no image server to attack.
  images: { unoptimized: true },
  // Browser tests open the page by address as well as by name.
  allowedDevOrigins: ["127.0.0.1"],
  experimental: {
    // The first paint waits for one answer instead of two: on a phone a request takes half a second.
    inlineCss: true,
    // On a phone a request costs more than 30 kB: few large scripts where strangers land. 12 -> 8.
    turbopackChunking: {
      priorityRoutes: [/^\/$/, /^\/products\//, /^\/coupons$/],
      priorityBoost: 20,
      firstPageLoadPriority: 1,
      requestCost: 2_000_000,
      minChunkSize: 300_000,
      maxChunkCountPerGroup: 4,
      maxMergeChunkSize: 2_000_000,
    },
  },
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default withNextIntl(config);
