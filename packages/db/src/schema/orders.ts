import { sql } from "drizzle-orm";
import { check, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant, integer64 } from "./columns.ts";
import { issuedCoupons } from "./coupons.ts";
import { products } from "./products.ts";
import { users } from "./users.ts";

export const orders = pgTable(
  "orders",
  {
    orderId: uuid().primaryKey(),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    totalAmount: integer64().notNull(),
    discountAmount: integer64().notNull(),
    paidAmount: integer64().notNull(),
    issuedCouponId: uuid().references(() => issuedCoupons.issuedCouponId),
    paidAt: instant().notNull(),
  },
  (table) => [
    // O2, O4: a coupon is used by one order at most.
    unique("orders_one_per_coupon").on(table.issuedCouponId),
    check(
      "orders_amounts_add_up",
      sql`${table.paidAmount} = ${table.totalAmount} - ${table.discountAmount}`,
    ),
    check(
      "orders_discount_within_total",
      sql`${table.discountAmount} between 0 and ${table.totalAmount}`,
    ),
    // order.list: one user's, newest first.
    index("orders_by_user").on(table.userId, table.paidAt, table.orderId),
    // admin.order.list, and the orders that leave the popularity window.
    index("orders_by_time").on(table.paidAt, table.orderId),
  ],
);

export const orderLines = pgTable(
  "order_lines",
  {
    orderId: uuid()
      .notNull()
      .references(() => orders.orderId),
    productId: uuid()
      .notNull()
      .references(() => products.productId),
    name: text().notNull(),
    unitPrice: integer64().notNull(),
    quantity: integer64().notNull(),
  },
  (table) => [
    // One line a product; serves "the lines of these orders".
    primaryKey({ name: "order_lines_pkey", columns: [table.orderId, table.productId] }),
    check("order_lines_quantity_positive", sql`${table.quantity} >= 1`),
    check("order_lines_price_not_negative", sql`${table.unitPrice} >= 0`),
  ],
);
