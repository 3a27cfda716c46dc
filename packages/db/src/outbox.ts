import { sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { addToCounts, linesOf } from "./popularity.ts";
import { popularityWindow } from "./schema/products.ts";
import { outbox, pointLog } from "./schema/wallets.ts";
import type { Transaction } from "./transactions.ts";

/** A batch is one statement of some milliseconds: big enough to keep up, short enough to hold locks. */
export const relayBatchSize = 1_000;

/**
 * Moves waiting entries from the outbox into the log, and their orders into the popularity counts,
 * in one statement: an entry is in exactly one of the two places at every instant, whatever dies
 * when (W4, W7, O10, O12). Any number of workers: a row that one holds is skipped by the others.
 * No cursor "id > last seen": it loses rows that commit late. Answers how many entries it moved.
 */
export const relayOutbox = async (tx: Transaction): Promise<number> => {
  const [row] = await tx.execute<{ moved: number }>(sql`
    with taken as (
      delete from ${outbox} where ctid = any(array(
        select ctid from ${outbox} limit ${relayBatchSize} for update skip locked
      ))
      returning operation_id, user_id, seq, type, amount, balance_after, created_at
    ),
    logged as (
      insert into ${pointLog} (operation_id, user_id, seq, type, amount, balance_after, created_at)
      select * from taken
      on conflict do nothing
    ),
    counted as (
      ${addToCounts(sql`
        select lines.product_id, 1 as orders, taken.created_at as ordered_at
        from taken ${linesOf(sql`taken.operation_id`)}
        where taken.type = 'USE'
          and taken.created_at >= (select counted_from from ${popularityWindow})
      `)}
    )
    select count(*)::int as moved from taken
  `);
  return row!.moved;
};

/**
 * Makes room of what has been moved. Whoever looks at the outbox, this worker tens of times a second and each
 * reading of the ranking, walks over all that was in it since the last vacuum (1.1 ms after 60,000 entries), and the
 * autovacuum comes once a minute. Without the right to it, as before PostgreSQL 17, the server leaves it at a
 * warning, and the autovacuum does it.
 */
export const tidyOutbox = async (db: Pick<Database, "execute">): Promise<void> => {
  // No truncation: giving room back to the disk would wait for everybody who is at the table.
  await db.execute(sql`vacuum (skip_locked, truncate false) ${outbox}`);
};

/** How many entries wait, and for how long the oldest has (ms), for the metrics. */
export const outboxLag = async (
  tx: Pick<Transaction, "execute">,
): Promise<{ readonly waiting: number; readonly oldestMs: number }> => {
  const [row] = await tx.execute<{ waiting: number; oldest_ms: number }>(sql`
    select count(*)::int as waiting,
      coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float8 as oldest_ms
    from ${outbox}
  `);
  return { waiting: row!.waiting, oldestMs: Math.max(0, row!.oldest_ms) };
};
