import type { Writes } from "@stampede/core/decision";
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { IdempotencyRow } from "./idempotency.ts";
import { couponCampaigns, issuedCoupons } from "./schema/coupons.ts";
import { idempotencyKeys } from "./schema/idempotency.ts";
import { orderLines, orders } from "./schema/orders.ts";
import { products, stockEntries } from "./schema/products.ts";
import { outbox, wallets } from "./schema/wallets.ts";
import { columnName, columnOf, recordsetOf } from "./sql.ts";
import { writtenOnce, type Statement } from "./statement.ts";
import type { Transaction } from "./transactions.ts";

/** All that a group changes: the writes of its decisions, and the keys they bind. */
export type GroupWrites = Writes & { readonly idempotencyKeys?: readonly IdempotencyRow[] };

/** How rows of one kind are written. */
interface Applier {
  readonly table: PgTable;
  /** The columns that are needed to write rows like this one. */
  readonly fieldsOf: (row: object) => readonly string[];
  readonly write: (fields: readonly string[], rows: SQL) => SQL;
}

/** Inserts a set of rows, whatever its size. */
const insertInto = (table: PgTable): Applier => ({
  table,
  fieldsOf: (row) => Object.keys(getTableColumns(table)).filter((field) => field in row),
  write(fields, rows) {
    const columns = sql.join(fields.map(columnName), sql`, `);
    const values = sql.join(
      fields.map((field) => sql`r.${sql.identifier(field)}`),
      sql`, `,
    );
    return sql`insert into ${table} (${columns}) select ${values} from ${rows}`;
  },
});

/** Brings locked rows into their new state: only the columns a command may change. */
const updateOf = (table: PgTable, key: string, changed: readonly string[]): Applier => ({
  table,
  fieldsOf: () => [key, ...changed],
  write(_fields, rows) {
    const assignments = sql.join(
      changed.map((field) => sql`${columnName(field)} = r.${sql.identifier(field)}`),
      sql`, `,
    );
    return sql`update ${table} set ${assignments} from ${rows} where ${table}.${columnName(key)} = r.${sql.identifier(key)}`;
  },
});

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

/** Rows of one kind, and which columns they have. */
interface Part {
  readonly kind: keyof GroupWrites;
  readonly fields: readonly string[];
  readonly rows: readonly object[];
}

/**
 * Writes everything a group changes in one statement: one round trip, and by itself all or nothing.
 * Even a statement that strayed out of its transaction could not write one half of a payment.
 */
export const applyWrites = async (tx: Transaction, writes: GroupWrites): Promise<void> => {
  const parts = kinds.flatMap((kind): Part[] => {
    const rows = writes[kind];
    return rows?.length ? [{ kind, fields: appliers[kind].fieldsOf(rows[0]!), rows }] : [];
  });
  if (parts.length === 0) return;
  const values = parts.flatMap(({ kind, fields, rows }) =>
    fields.map((field) => [placeOf(kind, field), columnOf(rows, field)] as const),
  );
  await statementFor(parts)(tx, Object.fromEntries(values));
};

const placeOf = (kind: keyof GroupWrites, field: string): string => `${kind}.${field}`;

const statements = new Map<string, Statement<never>>();

/** Of the few ways in which parts come together each is written once. */
const statementFor = (parts: readonly Part[]): Statement<never> => {
  const shape = parts.map(({ kind, fields }) => `${kind} ${fields.join(" ")}`).join();
  let statement = statements.get(shape);
  if (!statement) statements.set(shape, (statement = writtenOnce(statementOf(parts))));
  return statement;
};

const statementOf = (parts: readonly Part[]): SQL => {
  const written = parts.map(({ kind, fields }) => {
    const { table, write } = appliers[kind];
    const rows = recordsetOf(table, fields, (field) => sql.placeholder(placeOf(kind, field)));
    return sql`${sql.identifier(kind)} as (${write(fields, rows)})`;
  });
  return sql`with ${sql.join(written, sql`, `)} select`;
};
