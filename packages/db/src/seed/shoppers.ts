import { balanceMax } from "@stampede/core/wallet/policy";
import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import type { Transactions } from "../transactions.ts";

/** A shopper made for load tests, with a token that is good as a bearer token. */
export interface LoadTestShopper {
  readonly userId: string;
  readonly token: string;
}

/** A thousand shoppers a transaction: thousands a second, and no statement grows without bound. */
const chunkSize = 1_000;

/**
 * Creates shoppers with a session and `balance` KRW each, in chunks. The money is booked like every
 * charge, with its log entry and its key, so that the audit holds.
 */
export async function* createShoppers(
  transactions: Transactions,
  count: number,
  balance: number,
  /** The bench counts its shoppers, so that its SQL can name them too. */
  userIdOf: (index: number) => string = () => newId(),
): AsyncGenerator<LoadTestShopper[]> {
  for (let made = 0; made < count; made += chunkSize) {
    const shoppers = Array.from({ length: Math.min(chunkSize, count - made) }, (_none, index) => ({
      userId: userIdOf(made + index),
      token: randomBytes(24).toString("base64url"),
      sessionId: newId(),
      operationId: newId(),
    }));
    await transactions.run(async (tx) => {
      const rows = sql`json_to_recordset(${JSON.stringify(shoppers)}::json)
        as r("userId" uuid, token text, "sessionId" uuid, "operationId" uuid)`;
      await tx.execute(sql`
        insert into users (id, name, email)
        select "userId", 'Load test shopper', 'load-' || "userId" || '@stampede.test' from ${rows}`);
      await tx.execute(sql`
        insert into sessions (id, user_id, token, expires_at)
        select "sessionId", "userId", token, now() + interval '7 days' from ${rows}`);
      if (balance > 0) await tx.execute(bookCharges(rows, balance));
    });
    yield shoppers.map(({ userId, token }) => ({ userId, token }));
  }
}

/** One charge of `balance` for each of the rows, in one statement: balance, log entry and key. */
const bookCharges = (rows: ReturnType<typeof sql>, balance: number) => sql`
  with charged as (
    update wallets set balance = ${balance}::bigint, seq = 1 from ${rows} where user_id = r."userId"
  ),
  logged as (
    insert into point_log (operation_id, user_id, seq, type, amount, balance_after, created_at)
    select "operationId", "userId", 1, 'CHARGE', ${balance}::bigint, ${balance}::bigint, now() from ${rows}
  )
  insert into idempotency_keys (user_id, procedure, key, fingerprint, operation_id, reply, created_at)
  select "userId", 'wallet.charge', 'load-test-' || "operationId", 'load test', "operationId",
    json_build_object('userId', "userId", 'balance', ${balance}::bigint), now()
  from ${rows}`;

/** Says what is wrong with the command's numbers, in one sentence; `undefined` when nothing is. */
export const shopperNumbersProblem = (count: number, balance: number): string | undefined => {
  if (!Number.isInteger(count) || count < 1 || count > 1_000_000)
    return "--count must be a whole number from 1 to 1000000.";
  if (!Number.isInteger(balance) || balance < 0 || balance > balanceMax)
    return `--balance must be a whole number of KRW from 0 to ${balanceMax}.`;
  return undefined;
};
