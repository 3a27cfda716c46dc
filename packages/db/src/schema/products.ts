import { sql } from "drizzle-orm";
import { check, index, pgEnum, pgTable, smallint, text, uuid } from "drizzle-orm/pg-core";
import { instant, integer64 } from "./columns.ts";

export const products = pgTable(
  "products",
  {
    productId: uuid().primaryKey(),
    name: text().notNull(),
    description: text().notNull(),
    price: integer64().notNull(),
    stock: integer64().notNull(),
    imageUrl: text(),
    createdAt: instant().notNull(),
  },
  (table) => [
    check("products_stock_not_negative", sql`${table.stock} >= 0`),
    check("products_price_not_negative", sql`${table.price} >= 0`),
    // product.list, newest first. Stock is in no index, so a sale stays a HOT update.
    index("products_by_age").on(table.createdAt, table.productId),
    // product.list by price, both ways.
    index("products_by_price").on(table.price, table.productId),
  ],
);

export const stockEntryReason = pgEnum("stock_entry_reason", ["INITIAL", "RESTOCK"]);

/** All stock that was ever put in: stock put in = stock left + stock sold. */
export const stockEntries = pgTable(
  "stock_entries",
  {
    operationId: uuid().primaryKey(),
    productId: uuid()
      .notNull()
      .references(() => products.productId),
    reason: stockEntryReason().notNull(),
    quantity: integer64().notNull(),
    createdAt: instant().notNull(),
  },
  (table) => [check("stock_entries_quantity_not_negative", sql`${table.quantity} >= 0`)],
);

/**
 * T1: how many orders since `popularity_window.counted_from` each product is in, kept by the worker.
 * No foreign key (its check would wait for locks that orders hold) and no index on the count
 * (every order would rewrite it): the table has one row a product, and a read of it is shared.
 */
export const productPopularity = pgTable(
  "product_popularity",
  {
    productId: uuid().primaryKey(),
    orderCount: integer64().notNull(),
    lastOrderedAt: instant().notNull(),
  },
  (table) => [check("product_popularity_count_not_negative", sql`${table.orderCount} >= 0`)],
);

/** The one row that says from when on `product_popularity` counts; older orders are taken out. */
export const popularityWindow = pgTable(
  "popularity_window",
  { id: smallint().primaryKey().default(1), countedFrom: instant().notNull() },
  (table) => [check("popularity_window_is_one_row", sql`${table.id} = 1`)],
);
