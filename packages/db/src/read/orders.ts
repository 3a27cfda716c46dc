import { decodeCursor, isId } from "@stampede/core/ids";
import type { AdminOrder, Order } from "@stampede/core/order/schema";
import type { Page, PageInput } from "@stampede/core/page";
import { toInstant } from "@stampede/core/time";
import { and, asc, desc, eq, sql, type SQL } from "drizzle-orm";
import type { Database } from "../connect.ts";
import { orderLines, orders } from "../schema/orders.ts";
import { isAnyOf } from "../sql.ts";
import { toPage } from "./page.ts";

/** One page of a user's orders, newest first. */
export const listOrders = async (
  db: Database,
  userId: string,
  page: PageInput,
): Promise<Page<Order>> => {
  const { items, nextCursor } = await readPage(db, page, eq(orders.userId, userId));
  return { items: items.map(withoutUser), nextCursor };
};

/** One page of everyone's orders, newest first, each with its user. */
export const listAllOrders = (db: Database, page: PageInput): Promise<Page<AdminOrder>> =>
  readPage(db, page, undefined);

/** An order of this user; somebody else's is as unknown as one that does not exist. */
export const readOrder = async (
  db: Database,
  userId: string,
  orderId: string,
): Promise<Order | undefined> => {
  if (!isId(orderId)) return undefined;
  const rows = await db
    .select()
    .from(orders)
    .where(and(eq(orders.orderId, orderId), eq(orders.userId, userId)));
  const [order] = await withLines(db, rows);
  return order && withoutUser(order);
};

const readPage = async (
  db: Database,
  { cursor, limit }: PageInput,
  where: SQL | undefined,
): Promise<Page<AdminOrder>> => {
  const rows = await db
    .select()
    .from(orders)
    .where(and(where, cursor ? isBefore(cursor) : undefined))
    .orderBy(desc(orders.paidAt), desc(orders.orderId))
    .limit(limit + 1);
  const page = toPage(
    rows,
    limit,
    (row) => row,
    (row) => ({ position: Date.parse(row.paidAt), id: row.orderId }),
  );
  return { items: await withLines(db, page.items), nextCursor: page.nextCursor };
};

const isBefore = (cursor: string): SQL => {
  const { position, id } = decodeCursor(cursor);
  return sql`(${orders.paidAt}, ${orders.orderId}) < (${toInstant(position)}::timestamptz, ${id}::uuid)`;
};

const withLines = async (
  db: Database,
  rows: readonly (typeof orders.$inferSelect)[],
): Promise<AdminOrder[]> => {
  if (rows.length === 0) return [];
  const lines = await db
    .select()
    .from(orderLines)
    .where(isAnyOf(orderLines.orderId, rows.map((row) => row.orderId)))
    .orderBy(asc(orderLines.orderId), asc(orderLines.productId));
  const linesByOrderId = new Map<string, AdminOrder["lines"]>();
  for (const { orderId, ...line } of lines) {
    const siblings = linesByOrderId.get(orderId);
    if (siblings) siblings.push(line);
    else linesByOrderId.set(orderId, [line]);
  }
  return rows.map(({ issuedCouponId: _, ...order }) => ({
    ...order,
    lines: linesByOrderId.get(order.orderId) ?? [],
  }));
};

const withoutUser = ({ userId: _, ...order }: AdminOrder): Order => order;
