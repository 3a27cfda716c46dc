import type { Writes } from "@stampede/core/decision";
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { IdempotencyRow } from "./idempotency.ts";
import { couponCampaigns, issuedCoupons } from "./schema/coupons.ts";
import { idempotencyKeys } from "./schema/idempotency.ts";
import { orderLines, orders } from "./schema/orders.ts";
import { products, stockEntries } from "./schema/products.ts";
import { outbox, wallets } from "./schema/wallets.ts";
import { columnName, recordset } from "./sql.ts";
import type { Transaction } from "./transactions.ts";

/** All that a group changes: the writes of its decisions, and the keys they bind. */
export type GroupWrites = Writes & { readonly idempotencyKeys?: readonly IdempotencyRow[] };

type Applier = (rows: readonly object[]) => SQL;

/** Inserts a set of rows, whatever its size, with one parameter. */
const insertInto =
  (table: PgTable): Applier =>
  (rows) => {
    const fields = Object.keys(getTableColumns(table)).filter((field) => field in rows[0]!);
    const columns = sql.join(fields.map(columnName), sql`, `);
    const values = sql.join(
      fields.map((field) => sql`r.${sql.identifier(field)}`),
      sql`, `,
    );
    return sql`insert into ${table} (${columns}) select ${values} from ${recordset(table, fields, rows)}`;
  };

/** Brings locked rows into their new state: only the columns a command may change. */
const updateOf =
  (table: PgTable, key: string, changed: readonly string[]): Applier =>
  (rows) => {
    const assignments = sql.join(
      changed.map((field) => sql`${columnName(field)} = r.${sql.identifier(field)}`),
      sql`, `,
    );
    const source = recordset(table, [key, ...changed], rows);
    return sql`update ${table} set ${assignments} from ${source} where ${table}.${columnName(key)} = r.${sql.identifier(key)}`;
  };

/** One applier for each set a group may write. A new kind of write without its row does not compile. */
const appliers: { readonly [Kind in keyof GroupWrites]-?: Applier } = {
  wallets: updateOf(wallets, "userId", ["balance", "seq"]),
  products: updateOf(products, "productId", ["stock"]),
  campaigns: updateOf(couponCampaigns, "couponId", ["issuedQuantity"]),
  usedCoupons: updateOf(issuedCoupons, "issuedCouponId", ["orderId"]),
  newCoupons: insertInto(issuedCoupons),
  newOrders: insertInto(orders),
  newOrderLines: insertInto(orderLines),
  newStockEntries: insertInto(stockEntries),
  newPointEntries: insertInto(outbox),
  idempotencyKeys: insertInto(idempotencyKeys),
};
const kinds = Object.keys(appliers) as (keyof GroupWrites)[];

/**
 * Writes everything a group changes in one statement: one round trip, and by itself all or nothing.
 * Even a statement that strayed out of its transaction could not write one half of a payment.
 */
export const applyWrites = async (tx: Transaction, writes: GroupWrites): Promise<void> => {
  const parts = kinds.flatMap((kind) => {
    const rows = writes[kind];
    return rows?.length ? [sql`${sql.identifier(kind)} as (${appliers[kind](rows)})`] : [];
  });
  if (parts.length > 0) await tx.execute(sql`with ${sql.join(parts, sql`, `)} select`);
};
