import { pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * A key that was carried out: bound to its input (`fingerprint`), its effect (`operation_id`) and
 * its answer. The reply is `text`, because it must come back field for field and jsonb reorders.
 * Never changed and never removed, it is also the trail of who did what, when, from where.
 * The key of the table is the last line of defence against doing anything twice.
 */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    userId: uuid().notNull(),
    procedure: text().notNull(),
    key: text().notNull(),
    fingerprint: text().notNull(),
    operationId: uuid().notNull(),
    reply: text().notNull(),
    createdAt: instant().notNull(),
    /** For the trail: which request it was, and from where. A seed has neither. */
    requestId: text(),
    address: text(),
  },
  (table) => [
    primaryKey({
      name: "idempotency_keys_pkey",
      columns: [table.userId, table.procedure, table.key],
    }),
  ],
);
