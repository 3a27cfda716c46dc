import { sql } from "drizzle-orm";
import { bigint, index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * What happened to accounts and rights, and what admins did: who, what, when, from where, with what
 * outcome. Written once and never changed; holds no secrets, no bodies and no names. The trail of
 * commands (charges, orders, claims, restocks) is their rows in `idempotency_keys`, so that an order
 * costs no row more.
 */
export const auditLog = pgTable(
  "audit_log",
  {
    entryId: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    /** `sign-in`, `sign-up`, `admin.product.create` ... */
    action: text().notNull(),
    /** `OK`, or the reason of the refusal. */
    outcome: text().notNull(),
    /** Who did it, when that is known. No foreign key: it outlives its user. */
    actorId: uuid(),
    /** What it was done to: an id of the shop's, or the hash of an e-mail address. */
    target: text(),
    requestId: text(),
    /** From where; the only column that can be emptied, when its user wants to be forgotten. */
    address: text(),
  },
  // Everything somebody did, newest first.
  (table) => [index("audit_log_by_actor").on(table.actorId, table.entryId)],
);
