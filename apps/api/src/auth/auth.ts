import type { Plain } from "@stampede/db/plain";
import { accounts, sessions, users, verifications } from "@stampede/db/schema/users";
import type { Transactions } from "@stampede/db/transactions";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { bearer } from "better-auth/plugins/bearer";
import { v7 as newId } from "uuid";
import { ownOriginsOf } from "../http/cross-site.ts";
import type { RateLimits } from "../rate-limits.ts";
import { createAuthHooks } from "./hooks.ts";
import { hashPassword, isPassword } from "./passwords.ts";

export interface AuthOptions {
  readonly plain: Plain;
  readonly transactions: Transactions;
  readonly secret: string;
  /** The storefront's address, as browsers know it. */
  readonly webOrigin: string;
  readonly apiPort: number;
  readonly rateLimits: RateLimits;
}

export type Auth = ReturnType<typeof createAuth>;

const day = 24 * 60 * 60;

/** better-auth: e-mail and password, session cookie and bearer token. Serves `/api/auth/*`. */
export const createAuth = (options: AuthOptions) =>
  betterAuth({
    appName: "Stampede",
    baseURL: options.webOrigin,
    basePath: "/api/auth",
    secret: options.secret,
    database: drizzleAdapter(guardedDatabase(options), {
      provider: "pg",
      schema: { user: users, session: sessions, account: accounts, verification: verifications },
      // User, password and session are made together or not at all; the wallet comes with the user.
      transaction: true,
    }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 8,
      maxPasswordLength: 128,
      password: { hash: hashPassword, verify: isPassword },
    },
    // Over after 7 days without use; a trigger ends each 30 days after its sign-in, used or not.
    session: { expiresIn: 7 * day, updateAge: day },
    user: {
      additionalFields: {
        role: { type: "string", required: false, defaultValue: "shopper", input: false },
      },
    },
    plugins: [bearer()],
    trustedOrigins: [...ownOriginsOf(options.webOrigin, options.apiPort)],
    disabledPaths: unused,
    hooks: createAuthHooks(options),
    // Ours counts in the database, and by account: hooks.ts.
    rateLimit: { enabled: false },
    advanced: {
      database: { generateId: () => newId() },
      // The edge has found out who it is, and writes nothing but that address here.
      ipAddress: { ipAddressHeaders: ["x-forwarded-for"], ipv6Subnet: 64 },
    },
    telemetry: { enabled: false },
    // What is no refusal of the library's own is thrown to our edge, which tells "come again" from a
    // failure and logs it with its cause; the library's own lines would be a second one.
    onAPIError: { throw: true },
    logger: { disabled: true },
  });

/** What the library would serve as well, and nobody here needs: no door is safer than a wall. */
const unused = [
  "/account-info",
  "/callback/:id",
  "/change-email",
  "/delete-user",
  "/delete-user/callback",
  "/get-access-token",
  "/link-social",
  "/refresh-token",
  "/request-password-reset",
  "/reset-password",
  "/reset-password/:token",
  "/send-verification-email",
  "/sign-in/social",
  "/unlink-account",
  "/update-session",
  "/verify-email",
];

/** Plain statements on the plain pool, transactions on the guarded connections: never mixed. */
const guardedDatabase = ({ plain, transactions }: AuthOptions): object =>
  Object.create(plain.db, {
    transaction: { value: transactions.run.bind(transactions) },
  }) as object;
