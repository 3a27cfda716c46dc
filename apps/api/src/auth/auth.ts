import type { Plain } from "@stampede/db/plain";
import { accounts, sessions, users, verifications } from "@stampede/db/schema/users";
import type { Transactions } from "@stampede/db/transactions";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { bearer } from "better-auth/plugins/bearer";
import { v7 as newId } from "uuid";

export interface AuthOptions {
  readonly plain: Plain;
  readonly transactions: Transactions;
  readonly secret: string;
  /** The storefront's address, as browsers know it. */
  readonly webOrigin: string;
  readonly apiPort: number;
  readonly rateLimited: boolean;
}

export type Auth = ReturnType<typeof createAuth>;

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
    emailAndPassword: { enabled: true, minPasswordLength: 8, maxPasswordLength: 128 },
    user: {
      additionalFields: {
        role: { type: "string", required: false, defaultValue: "shopper", input: false },
      },
    },
    plugins: [bearer()],
    trustedOrigins: [options.webOrigin, `http://localhost:${options.apiPort}`].flatMap(withAlias),
    rateLimit: {
      enabled: options.rateLimited,
      window: 10,
      max: 200,
      customRules: {
        "/sign-in/email": { window: 60, max: 100 },
        "/sign-up/email": { window: 60, max: 200 },
      },
    },
    advanced: { database: { generateId: () => newId() } },
    telemetry: { enabled: false },
    // What is no refusal of the library's own is thrown to our edge, which tells "come again" from a
    // failure and logs it with its cause; the library's own lines would be a second one.
    onAPIError: { throw: true },
    logger: { disabled: true },
  });

/** On one machine `localhost` and `127.0.0.1` are the same place, and browsers are sent to either. */
const withAlias = (origin: string): string[] => [
  origin,
  origin.replace("//localhost:", "//127.0.0.1:"),
];

/** Plain statements on the plain pool, transactions on the guarded connections: never mixed. */
const guardedDatabase = ({ plain, transactions }: AuthOptions): object =>
  Object.create(plain.db, {
    transaction: { value: transactions.run.bind(transactions) },
  }) as object;
