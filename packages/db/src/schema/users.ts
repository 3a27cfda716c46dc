import { boolean, index, pgTable, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";

/*
 * The tables of better-auth (identity); property names are the ones it asks for.
 * Ids are UUIDs of version 7 that the API makes, so that new rows land at the end of the index.
 */

const moments = {
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
};

export const users = pgTable(
  "users",
  {
    id: uuid().primaryKey(),
    name: text().notNull(),
    email: text().notNull(),
    emailVerified: boolean().notNull().default(false),
    image: text(),
    /** `shopper` or `admin`; never set from input. */
    role: text().notNull().default("shopper"),
    ...moments,
  },
  // Sign-in by e-mail, and one account an e-mail.
  (table) => [uniqueIndex("users_email_unique").on(table.email)],
);

export const sessions = pgTable(
  "sessions",
  {
    id: uuid().primaryKey(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    token: text().notNull(),
    expiresAt: timestamp({ withTimezone: true }).notNull(),
    ipAddress: text(),
    userAgent: text(),
    ...moments,
  },
  (table) => [
    // Every signed-in request looks its session up by token.
    uniqueIndex("sessions_token_unique").on(table.token),
    // Ending all sessions of a user.
    index("sessions_by_user").on(table.userId),
  ],
);

export const accounts = pgTable(
  "accounts",
  {
    id: uuid().primaryKey(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    accountId: text().notNull(),
    providerId: text().notNull(),
    accessToken: text(),
    refreshToken: text(),
    idToken: text(),
    accessTokenExpiresAt: timestamp({ withTimezone: true }),
    refreshTokenExpiresAt: timestamp({ withTimezone: true }),
    scope: text(),
    password: text(),
    ...moments,
  },
  (table) => [
    // Sign-in reads the password of a user; one account a user and provider.
    uniqueIndex("accounts_user_provider_unique").on(table.userId, table.providerId),
  ],
);

export const verifications = pgTable(
  "verifications",
  {
    id: uuid().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: timestamp({ withTimezone: true }).notNull(),
    ...moments,
  },
  // Looked up by what is to be verified.
  (table) => [index("verifications_by_identifier").on(table.identifier)],
);
