import { decodeCursor } from "@stampede/core/ids";
import type { Page, PageInput } from "@stampede/core/page";
import type { Balance, PointEntry } from "@stampede/core/wallet/schema";
import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import { pointLog, wallets } from "../schema/wallets.ts";
import { isAnyOf, uuidArray } from "../sql.ts";
import { oncePerDatabase } from "../statement.ts";
import { toPage } from "./page.ts";

const balancesOf = oncePerDatabase((db) =>
  db
    .select({ userId: wallets.userId, balance: wallets.balance })
    .from(wallets)
    .where(isAnyOf(wallets.userId, sql.placeholder("userIds")))
    .prepare("balances"),
);

/** The balances of these users, by user (W1). */
export const readBalances = async (
  db: Database,
  userIds: readonly string[],
): Promise<Map<string, Balance>> => {
  const rows = await balancesOf(db).execute({ userIds: uuidArray(userIds) });
  return new Map(rows.map((row) => [row.userId, row]));
};

/** One page of a wallet's log, newest first. */
export const listHistory = async (
  db: Database,
  userId: string,
  { cursor, limit }: PageInput,
): Promise<Page<PointEntry>> => {
  const rows = await db
    .select()
    .from(pointLog)
    .where(
      and(
        eq(pointLog.userId, userId),
        cursor ? lt(pointLog.seq, decodeCursor(cursor).position) : undefined,
      ),
    )
    .orderBy(desc(pointLog.seq))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => ({
      entryId: row.operationId,
      type: row.type,
      amount: row.amount,
      balanceAfter: row.balanceAfter,
      // An order's id is the id of its operation.
      orderId: row.type === "USE" ? row.operationId : null,
      createdAt: row.createdAt,
    }),
    (row) => ({ position: row.seq, id: row.operationId }),
  );
};
