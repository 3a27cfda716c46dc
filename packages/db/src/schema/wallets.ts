import { sql } from "drizzle-orm";
import { check, pgEnum, pgTable, primaryKey, uuid } from "drizzle-orm/pg-core";
import { instant, integer64 } from "./columns.ts";
import { users } from "./users.ts";

/**
 * One wallet a user, made with the user by a trigger (see the migration `rules`), so that no way of
 * creating a user can forget it. `seq` counts the wallet's log entries.
 */
export const wallets = pgTable(
  "wallets",
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id),
    balance: integer64().notNull().default(0),
    seq: integer64().notNull().default(0),
  },
  (table) => [
    // The limit is `balanceMax` of the wallet's policy; a test compares the two.
    check("wallets_balance_within_limit", sql`${table.balance} between 0 and 1000000000`),
    check("wallets_seq_not_negative", sql`${table.seq} >= 0`),
  ],
);

export const pointEntryType = pgEnum("point_entry_type", ["CHARGE", "USE"]);

const pointEntry = () => ({
  operationId: uuid().notNull(),
  userId: uuid().notNull(),
  seq: integer64().notNull(),
  type: pointEntryType().notNull(),
  amount: integer64().notNull(),
  balanceAfter: integer64().notNull(),
  createdAt: instant().notNull(),
});

/**
 * Log entries that wait to be written (W4, O10): one row a charge or order, in its transaction.
 * No index but the key: rows live for milliseconds, and each index would be paid twice.
 */
export const outbox = pgTable(
  "outbox",
  pointEntry(),
  (table) => [primaryKey({ name: "outbox_pkey", columns: [table.userId, table.seq] })],
);

/**
 * The log of points (W3, O6), written by the worker. The key (user, seq) makes a second copy of an
 * entry impossible, and serves the history page: one wallet, newest first.
 * No foreign key to wallets: its check would wait for the wallet's lock, which orders hold.
 */
export const pointLog = pgTable(
  "point_log",
  pointEntry(),
  (table) => [
    primaryKey({ name: "point_log_pkey", columns: [table.userId, table.seq] }),
    check("point_log_amount_not_negative", sql`${table.amount} >= 0`),
    check("point_log_balance_not_negative", sql`${table.balanceAfter} >= 0`),
  ],
);
