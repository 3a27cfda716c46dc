import { sql, type SQL } from "drizzle-orm";

/** What must hold at every instant: what it is about, and the rows that break it (there are none). */
interface Invariant {
  readonly counted: SQL;
  readonly violations: SQL;
}

/** Every log entry there is: written ones and those that still wait in the outbox (W7, O12). */
const entries = sql.raw(`(
  select operation_id, user_id, seq, type, amount, balance_after from point_log
  union all
  select operation_id, user_id, seq, type, amount, balance_after from outbox
)`);

const signed = sql.raw(`case type when 'CHARGE' then amount else -amount end`);

/**
 * The books of the shop. Each invariant is also a rule in core and, where SQL can say it, a
 * constraint; this is the third and independent look, used by tests, by `npm run audit` and by
 * `admin.audit` in production.
 */
export const invariants: Readonly<Record<string, Invariant>> = {
  "every user has exactly one wallet": {
    counted: sql`select from users`,
    violations: sql`
      select coalesce(users.id, wallets.user_id) as "userId"
      from users full join wallets on wallets.user_id = users.id
      where users.id is null or wallets.user_id is null`,
  },

  "a wallet's balance is the sum of its log and of what waits in the outbox": {
    counted: sql`select from wallets`,
    violations: sql`
      select user_id as "userId", wallets.balance::float8 as balance, sums.total::float8 as logged,
        wallets.seq::float8 as seq, sums.entries::float8 as entries
      from wallets
      full join (
        select user_id, sum(${signed}) as total, count(*) as entries from ${entries} entries group by user_id
      ) sums using (user_id)
      where wallets.user_id is null
        or wallets.balance <> coalesce(sums.total, 0) or wallets.seq <> coalesce(sums.entries, 0)
        or wallets.balance < 0`,
  },

  "log entries follow each other without a gap, each with the balance it left": {
    counted: sql`select from ${entries} entries`,
    violations: sql`
      select user_id as "userId", operation_id as "entryId", seq::float8 as seq
      from (
        select *, row_number() over wallet as place,
          coalesce(lag(balance_after) over wallet, 0) as balance_before
        from ${entries} entries window wallet as (partition by user_id order by seq)
      ) chain
      where seq <> place or balance_after <> balance_before + ${signed} or amount < 0`,
  },

  "no entry is both logged and waiting": {
    counted: sql`select from outbox`,
    violations: sql`
      select operation_id as "entryId", user_id as "userId"
      from ${entries} entries group by operation_id, user_id having count(*) > 1`,
  },

  "stock left and stock sold are what was put in": {
    counted: sql`select from products`,
    violations: sql`
      select product_id as "productId", stock::float8 as stock,
        coalesce(sold.quantity, 0)::float8 as sold, coalesce(put_in.quantity, 0)::float8 as "putIn"
      from products
      left join (select product_id, sum(quantity) as quantity from order_lines group by 1) sold using (product_id)
      left join (select product_id, sum(quantity) as quantity from stock_entries group by 1) put_in using (product_id)
      where stock < 0 or stock + coalesce(sold.quantity, 0) <> coalesce(put_in.quantity, 0)`,
  },

  "a campaign has issued as many coupons as it says, and no more than its total": {
    counted: sql`select from coupon_campaigns`,
    violations: sql`
      select coupon_id as "couponId", issued_quantity::float8 as "issuedQuantity",
        total_quantity::float8 as "totalQuantity", coalesce(issued.coupons, 0)::float8 as coupons
      from coupon_campaigns
      left join (select coupon_id, count(*) as coupons from issued_coupons group by 1) issued using (coupon_id)
      where issued_quantity <> coalesce(issued.coupons, 0) or issued_quantity > total_quantity`,
  },

  "the sequences of a campaign have no gap and no double, one coupon a user": {
    counted: sql`select from issued_coupons`,
    violations: sql`
      select coupon_id as "couponId", issued_coupon_id as "issuedCouponId", sequence::float8 as sequence
      from (
        select *, row_number() over (partition by coupon_id order by sequence) as place,
          count(*) over (partition by coupon_id, user_id) as held
        from issued_coupons
      ) line
      where sequence <> place or held > 1`,
  },

  "a used coupon is in exactly one order, its owner's": {
    counted: sql`select from issued_coupons where order_id is not null`,
    violations: sql`
      select issued.issued_coupon_id as "issuedCouponId", issued.order_id as "usedBy", orders.order_id as "orderId"
      from (select * from issued_coupons where order_id is not null) issued
      full join (select * from orders where issued_coupon_id is not null) orders
        on orders.issued_coupon_id = issued.issued_coupon_id and orders.order_id = issued.order_id
          and orders.user_id = issued.user_id
      where issued.issued_coupon_id is null or orders.order_id is null`,
  },

  "an order's total is the sum of its lines, and what was paid is the total less the discount": {
    counted: sql`select from orders`,
    violations: sql`
      select orders.order_id as "orderId", total_amount::float8 as "totalAmount",
        discount_amount::float8 as "discountAmount", paid_amount::float8 as "paidAmount",
        coalesce(lines.amount, 0)::float8 as lines
      from orders
      left join (
        select order_id, sum(unit_price * quantity) as amount from order_lines group by 1
      ) lines using (order_id)
      where lines.amount is distinct from total_amount or paid_amount <> total_amount - discount_amount
        or discount_amount < 0 or paid_amount < 0
        or (issued_coupon_id is null and discount_amount <> 0)`,
  },

  "every order has exactly one entry of the points it used, and every such entry its order": {
    counted: sql`select from orders`,
    violations: sql`
      select coalesce(orders.order_id, used.operation_id) as "orderId",
        orders.paid_amount::float8 as "paidAmount", used.amount::float8 as logged
      from orders
      full join (
        select operation_id, user_id, amount from ${entries} entries where type = 'USE'
      ) used on used.operation_id = orders.order_id
      where orders.order_id is null or used.operation_id is null
        or used.amount <> orders.paid_amount or used.user_id <> orders.user_id`,
  },

  "every idempotency key has its effect and its answer, and every effect its key": {
    counted: sql`select from idempotency_keys`,
    violations: sql`
      with effects as (
        select user_id, 'wallet.charge' as procedure, operation_id,
          json_build_object('balance', balance_after)::jsonb as told
        from ${entries} entries where type = 'CHARGE'
        union all
        select orders.user_id, 'order.place', order_id, json_build_object('orderId', order_id,
          'totalAmount', total_amount, 'discountAmount', discount_amount, 'paidAmount', paid_amount,
          'balance', used.balance_after)::jsonb
        from orders join ${entries} used on used.operation_id = orders.order_id
        union all
        select user_id, 'coupon.claim', issued_coupon_id, json_build_object(
          'issuedCouponId', issued_coupon_id, 'couponId', coupon_id, 'sequence', sequence)::jsonb
        from issued_coupons
        union all
        select null, 'admin.product.restock', operation_id,
          json_build_object('productId', product_id)::jsonb
        from stock_entries where reason = 'RESTOCK'
      )
      select coalesce(bound.procedure, effects.procedure) as procedure, bound.user_id as "userId",
        bound.key, coalesce(bound.operation_id, effects.operation_id) as "operationId"
      from idempotency_keys bound
      full join effects on effects.operation_id = bound.operation_id
        and effects.procedure = bound.procedure
        and coalesce(effects.user_id, bound.user_id) = bound.user_id
      where bound.key is null or effects.operation_id is null
        or not bound.reply::jsonb @> effects.told`,
  },

  "the popularity counts are the orders since the window's start that have left the outbox": {
    counted: sql`select from product_popularity`,
    violations: sql`
      select product_id as "productId", coalesce(popularity.order_count, 0)::float8 as counted,
        coalesce(ordered.orders, 0)::float8 as orders
      from product_popularity popularity
      full join (
        select product_id, count(*) as orders
        from orders join order_lines using (order_id)
        where paid_at >= (select counted_from from popularity_window)
          and not exists (
            select from outbox
            where outbox.user_id = orders.user_id and outbox.operation_id = orders.order_id
          )
        group by 1
      ) ordered using (product_id)
      where coalesce(popularity.order_count, 0) <> coalesce(ordered.orders, 0)`,
  },
};
