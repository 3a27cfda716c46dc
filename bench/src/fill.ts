import { createHash } from "node:crypto";
import { firstBalance, numberedId, price, productCount, type Stage } from "./stage.ts";

/*
 * A month of trade, written in bulk: consistent to the last row, so that the audit passes, and as the
 * shop itself would have written it (ids in the order of time, replies, keys).
 */

/** Each shopper's trade: two charges and an order, in turn. */
const entriesAnOrder = 3;
const days = 30;

/** What the four big tables have to hold them together is made again once the rows are there. */
const bigTables = ["orders", "order_lines", "point_log", "idempotency_keys"];

/** Fills the stage with `orders` orders of its first `shoppers` shoppers, and three log rows for each. */
export const fill = async (stage: Pick<Stage, "sql">, orders: number, shoppers: number): Promise<void> => {
  const ordersEach = orders / shoppers;
  const entries = ordersEach * entriesAnOrder;
  await stage.sql.begin(async (sql) => {
    // Rows that are right by construction need no trigger to look each of their users up.
    await sql`set local session_replication_role = replica`;
    await sql`set local synchronous_commit = off`;
    await sql`set local maintenance_work_mem = '256MB'`;
    await sql`set local work_mem = '256MB'`;
    const restore = await dropIndexes(sql);
    // Of each shopper: entry 0, 1, 2, ... of which every third is an order; money follows from it.
    await sql.unsafe(`
      create temporary table trade on commit drop as
      select lpad(to_hex(shopper), 32, '0')::uuid as user_id, entry + 2 as seq,
        entry % 3 = 2 as is_order,
        ${firstBalance} + ${price} * (entry + 1 - 2 * ((entry + 1) / 3)) as balance_after,
        lpad(to_hex(1 + (shopper * 7 + entry / 3) % ${productCount}), 32, '0')::uuid as product_id,
        made.at::timestamptz(3) as at, uuidv7(made.at - now()) as operation_id
      from generate_series(1, ${shoppers}) shopper, generate_series(0, ${entries - 1}) entry,
        lateral (select now() - interval '1 minute' - interval '${days} days'
          * (1 - (entry + shopper::float8 / ${shoppers}) / ${entries})) made(at)
      order by at`);
    await writeTrade(sql);
    for (const statement of restore) await sql.unsafe(statement);
  });
  await stage.sql`vacuum (analyze, freeze)`;
  await stage.sql`checkpoint`;
};

type Sql = Parameters<Parameters<Stage["sql"]["begin"]>[1]>[0];

const writeTrade = async (sql: Sql): Promise<void> => {
  await sql`
    insert into point_log (operation_id, user_id, seq, type, amount, balance_after, created_at)
    select operation_id, user_id, seq, (case when is_order then 'USE' else 'CHARGE' end)::point_entry_type,
      ${price}, balance_after, at
    from trade`;
  await sql`
    insert into orders (order_id, user_id, total_amount, discount_amount, paid_amount, paid_at)
    select operation_id, user_id, ${price}, 0, ${price}, at from trade where is_order`;
  await sql`
    insert into order_lines (order_id, product_id, name, unit_price, quantity)
    select operation_id, product_id, 'A thing of the bench', ${price}, 1 from trade where is_order`;
  const fingerprint = createHash("sha256").update(numberedId(1)).digest("base64url");
  await sql`
    insert into idempotency_keys (user_id, procedure, key, fingerprint, operation_id, reply, created_at)
    select user_id, case when is_order then 'order.place' else 'wallet.charge' end,
      'filled-' || operation_id, ${fingerprint}, operation_id,
      (case when is_order then json_build_object('orderId', operation_id, 'totalAmount', ${price}::int,
        'discountAmount', 0, 'paidAmount', ${price}::int, 'balance', balance_after, 'paidAt', at)
      else json_build_object('userId', user_id, 'balance', balance_after) end)::text, at
    from trade`;
  await sql`
    update wallets set balance = last.balance_after, seq = last.seq
    from (select distinct on (user_id) user_id, balance_after, seq from trade order by user_id, seq desc) last
    where last.user_id = wallets.user_id`;
  await sql`
    update products set stock = stock - sold.quantity
    from (select product_id, count(*) as quantity from trade where is_order group by 1) sold
    where sold.product_id = products.product_id`;
  await sql`
    insert into product_popularity (product_id, order_count, last_ordered_at)
    select product_id, count(*), max(at) from trade, popularity_window
    where is_order and at >= counted_from group by 1`;
};

/** Drops keys and indexes of the big tables; answers the statements that make them again. */
const dropIndexes = async (sql: Sql): Promise<readonly string[]> => {
  const constraints = await sql<{ table: string; name: string; definition: string }[]>`
    select conrelid::regclass::text as table, quote_ident(conname) as name,
      pg_get_constraintdef(oid) as definition
    from pg_constraint where contype in ('p', 'u') and conrelid::regclass::text = any(${bigTables})
      and not exists (select from pg_constraint pointing where pointing.contype = 'f'
        and pointing.conindid = pg_constraint.conindid)`;
  for (const { table, name } of constraints)
    await sql.unsafe(`alter table ${table} drop constraint ${name}`);
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid::regclass::text = any(${bigTables}) and not indisunique`;
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`);
  return [
    ...constraints.map(
      ({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`,
    ),
    ...indexes.map(({ definition }) => definition),
  ];
};
