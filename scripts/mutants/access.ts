import type { Mutant } from "./mutant.ts";

/** Doors that stand open. */
export const access: readonly Mutant[] = [
  {
    name: "sessions-never-end",
    breaks: "A session that has expired, or was stolen long ago, still pays.",
    edits: [
      {
        file: "packages/db/src/read/sessions.ts",
        find: "gt(sessions.expiresAt, sql`now()`),",
        replace: "gt(sessions.expiresAt, sql`'-infinity'::timestamptz`),",
      },
    ],
    caughtBy: ["packages/db/src/read/sessions.test.ts"],
  },
  {
    name: "commands-of-ended-sessions-are-carried-out",
    breaks: "Whoever was signed out pays on, in every process that has seen them.",
    edits: [
      {
        file: "apps/api/src/shell/group.ts",
        find: "if (origin && ended.has(origin.sessionToken)) return signedOut;",
        replace: "",
      },
    ],
    caughtBy: ["apps/api/src/shell/group.test.ts"],
  },
  {
    name: "sold-out-is-told-to-anybody",
    breaks: "Whoever was signed out hears what became of a claim on a campaign that is sold out.",
    edits: [
      {
        file: "apps/api/src/shell/sold-out.ts",
        find: "if (state.hasEnded) return signedOut;",
        replace: "",
      },
    ],
    caughtBy: ["tests/contract/authentication.test.ts"],
  },
  {
    name: "cookies-are-not-checked",
    breaks: "A session cookie counts whatever its signature says.",
    edits: [
      {
        file: "apps/api/src/auth/session-token.ts",
        find: "&& timingSafeEqual(given, right) ? token",
        replace: "? token",
      },
    ],
    caughtBy: ["apps/api/src/auth/session-token.test.ts"],
  },
  {
    name: "any-page-may-sign-in",
    breaks: "A page of somebody else's signs people in and out.",
    edits: [
      {
        file: "apps/api/src/auth/auth.ts",
        find: "trustedOrigins: [...ownOriginsOf(options.webOrigin, options.apiPort)],",
        replace: `trustedOrigins: (request?: Request) =>
      ownOriginsOf("http://any", 1).length > 0 ? [request?.headers.get("origin") ?? ""] : [],`,
      },
    ],
    caughtBy: ["tests/security/cross-site.test.ts"],
  },
  {
    name: "any-page-may-order",
    breaks: "A page of somebody else's spends the money of whoever looks at it.",
    edits: [
      {
        file: "apps/api/src/http/cross-site.ts",
        find: "return origin !== undefined && !ownOrigins.includes(origin)",
        replace: "return origin === ownOrigins.join()",
      },
    ],
    caughtBy: ["apps/api/src/http/cross-site.test.ts"],
  },
  {
    name: "everybodys-orders",
    breaks: "Whoever knows an order's id reads it.",
    edits: [
      {
        file: "packages/db/src/read/orders.ts",
        find: "and(eq(orders.orderId, orderId), eq(orders.userId, userId))",
        replace: "and(eq(orders.orderId, orderId), userId ? undefined : undefined)",
      },
    ],
    caughtBy: ["packages/db/src/read/orders.test.ts"],
  },
];
