import { bigint, integer, pgTable, text } from "drizzle-orm/pg-core";

/**
 * Tries that all processes count together: sign-ins and sign-ups. Columns are the ones
 * rate-limiter-flexible asks for, in its order; it removes rows an hour after they have expired.
 */
export const rateLimits = pgTable("rate_limits", {
  key: text().primaryKey(),
  points: integer().notNull().default(0),
  /** Milliseconds since 1970. */
  expire: bigint({ mode: "number" }),
});
