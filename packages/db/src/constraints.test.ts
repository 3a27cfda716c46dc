import { balanceMax } from "@stampede/core/wallet/policy";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violatedConstraint } from "./errors.ts";
import { openTestShop, type TestShop } from "./testing/shop.ts";

/*
 * The last line of defence: what the rules of core forbid, the database refuses by itself, and says
 * by which constraint. Every constraint there is has to be broken here; one without a case fails.
 */

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
  await shop.sql.unsafe(present);
});
afterAll(() => shop[Symbol.asyncDispose]());

const [ada, bob, nobody] = [newId(), newId(), newId()];
const [tea, opening, coupon, placed, key] = [newId(), newId(), newId(), newId(), newId()];
const fresh = () => `'${newId()}'`;

/** One of everything, as it should be. */
const present = `
  insert into users (id, name, email) values
    ('${ada}', 'Ada', 'ada@stampede.test'), ('${bob}', 'Bob', 'bob@stampede.test');
  insert into sessions (id, user_id, token, expires_at)
    values ('${key}', '${ada}', 'token-1', now() + interval '1 day');
  insert into accounts (id, user_id, account_id, provider_id)
    values ('${key}', '${ada}', '${ada}', 'credential');
  insert into verifications (id, identifier, value, expires_at) values ('${key}', 'a', 'b', now());
  insert into products values ('${tea}', 'Tea', '', 1000, 10, null, now());
  insert into stock_entries values ('${key}', '${tea}', 'INITIAL', 10, now());
  insert into coupon_campaigns (coupon_id, name, discount_type, discount_amount, discount_percent,
      total_quantity, issued_quantity, issue_starts_at, issue_ends_at, valid_from, valid_until)
    values ('${opening}', 'Opening', 'FIXED', 500, null, 10, 1,
      '2026-11-22', '2026-11-23', '2026-11-22', '2026-11-23');
  insert into issued_coupons values ('${coupon}', '${opening}', '${ada}', 1, now(), '${placed}');
  insert into orders values ('${placed}', '${ada}', 1000, 500, 500, '${coupon}', now());
  insert into order_lines values ('${placed}', '${tea}', 'Tea', 1000, 1);
  insert into idempotency_keys values ('${ada}', 'order.place', 'k', 'f', '${placed}', '{}', now());
  insert into outbox values ('${key}', '${ada}', 2, 'USE', 500, 500, now());
  insert into point_log values ('${key}', '${ada}', 1, 'CHARGE', 1000, 1000, now());
  insert into product_popularity values ('${tea}', 1, now());`;

const campaign = (over: Record<string, string> = {}) => {
  const columns: Record<string, string> = {
    coupon_id: fresh(),
    name: "'Other'",
    discount_type: "'FIXED'",
    discount_amount: "1",
    discount_percent: "null",
    total_quantity: "10",
    issued_quantity: "0",
    issue_starts_at: "'2026-11-22'",
    issue_ends_at: "'2026-11-23'",
    valid_from: "'2026-11-22'",
    valid_until: "'2026-11-23'",
    ...over,
  };
  return `insert into coupon_campaigns (${Object.keys(columns).join(", ")})
    values (${Object.values(columns).join(", ")})`;
};
const percent = (over: Record<string, string>) => {
  const terms = { discount_type: "'PERCENT'", discount_percent: "10", discount_amount: "null" };
  return campaign({ ...terms, ...over });
};
const order = (id: string, userId: string, amounts: string, couponId = "null") =>
  `insert into orders values (${id}, '${userId}', ${amounts}, ${couponId}, now())`;
const line = (orderId: string, productId: string, price: number, quantity: number) =>
  `insert into order_lines values ('${orderId}', '${productId}', 'Tea', ${price}, ${quantity})`;
const issued = (id: string, couponId: string, userId: string, sequence: number) =>
  `insert into issued_coupons values (${id}, '${couponId}', '${userId}', ${sequence}, now(), null)`;

/** For every constraint and unique index of the shop: statements that it must refuse. */
const broken: Record<string, readonly string[]> = {
  users_pkey: [`insert into users (id, name, email) values ('${ada}', 'Eve', 'eve@x.test')`],
  users_email_unique: [
    `insert into users (id, name, email) values (${fresh()}, 'Eve', 'ada@stampede.test')`,
  ],
  sessions_pkey: [
    `insert into sessions (id, user_id, token, expires_at) values ('${key}', '${bob}', 't', now())`,
  ],
  sessions_token_unique: [
    `insert into sessions (id, user_id, token, expires_at)
       values (${fresh()}, '${bob}', 'token-1', now())`,
  ],
  sessions_user_id_users_id_fk: [
    `insert into sessions (id, user_id, token, expires_at)
       values (${fresh()}, '${nobody}', 'token-2', now())`,
  ],
  accounts_pkey: [
    `insert into accounts (id, user_id, account_id, provider_id)
       values ('${key}', '${bob}', 'b', 'credential')`,
  ],
  accounts_user_provider_unique: [
    `insert into accounts (id, user_id, account_id, provider_id)
       values (${fresh()}, '${ada}', 'b', 'credential')`,
  ],
  accounts_user_id_users_id_fk: [
    `insert into accounts (id, user_id, account_id, provider_id)
       values (${fresh()}, '${nobody}', 'b', 'credential')`,
  ],
  verifications_pkey: [
    `insert into verifications (id, identifier, value, expires_at)
       values ('${key}', 'a', 'b', now())`,
  ],

  wallets_pkey: [`insert into wallets values ('${ada}', 0, 0)`],
  wallets_user_id_users_id_fk: [
    `insert into wallets values ('${nobody}', 0, 0)`,
    `delete from users where id = '${bob}'`,
  ],
  wallets_balance_within_limit: [
    `update wallets set balance = -1 where user_id = '${ada}'`,
    `update wallets set balance = ${balanceMax + 1} where user_id = '${ada}'`,
  ],
  wallets_seq_not_negative: [`update wallets set seq = -1 where user_id = '${ada}'`],
  outbox_pkey: [`insert into outbox values (${fresh()}, '${ada}', 2, 'USE', 1, 1, now())`],
  point_log_pkey: [`insert into point_log values (${fresh()}, '${ada}', 1, 'USE', 1, 1, now())`],
  point_log_amount_not_negative: [
    `insert into point_log values (${fresh()}, '${ada}', 3, 'USE', -1, 1, now())`,
  ],
  point_log_balance_not_negative: [
    `insert into point_log values (${fresh()}, '${ada}', 3, 'USE', 1, -1, now())`,
  ],

  products_pkey: [`insert into products values ('${tea}', 'Tea', '', 1, 1, null, now())`],
  products_stock_not_negative: [`update products set stock = -1`],
  products_price_not_negative: [`update products set price = -1`],
  stock_entries_pkey: [
    `insert into stock_entries values ('${key}', '${tea}', 'RESTOCK', 1, now())`,
  ],
  stock_entries_product_id_products_product_id_fk: [
    `insert into stock_entries values (${fresh()}, '${nobody}', 'RESTOCK', 1, now())`,
  ],
  stock_entries_quantity_not_negative: [
    `insert into stock_entries values (${fresh()}, '${tea}', 'RESTOCK', -1, now())`,
  ],
  product_popularity_pkey: [`insert into product_popularity values ('${tea}', 1, now())`],
  product_popularity_count_not_negative: [`update product_popularity set order_count = -1`],
  popularity_window_pkey: [`insert into popularity_window values (1, now())`],
  popularity_window_is_one_row: [`insert into popularity_window values (2, now())`],

  coupon_campaigns_pkey: [campaign({ coupon_id: `'${opening}'` })],
  coupon_campaigns_issued_within_total: [
    campaign({ total_quantity: "10", issued_quantity: "11" }),
    campaign({ issued_quantity: "-1" }),
    `update coupon_campaigns set issued_quantity = 11`,
  ],
  coupon_campaigns_discount_complete: [
    campaign({ discount_amount: "0" }),
    campaign({ discount_amount: "-500" }),
    campaign({ discount_amount: "null" }),
    campaign({ discount_percent: "10" }),
    percent({ discount_percent: "0" }),
    percent({ discount_percent: "101" }),
    percent({ discount_percent: "null" }),
    percent({ discount_amount: "0" }),
  ],
  coupon_campaigns_issue_period: [
    campaign({ issue_ends_at: "'2026-11-22'" }),
    campaign({ issue_ends_at: "'2026-11-21'" }),
  ],
  coupon_campaigns_valid_period: [
    campaign({ valid_until: "'2026-11-22'" }),
    campaign({ valid_until: "'2026-11-21'" }),
  ],
  issued_coupons_pkey: [issued(`'${coupon}'`, opening, bob, 2)],
  issued_coupons_one_per_user: [issued(fresh(), opening, ada, 2)],
  issued_coupons_sequence_unique: [issued(fresh(), opening, bob, 1)],
  issued_coupons_sequence_positive: [issued(fresh(), opening, bob, 0)],
  issued_coupons_coupon_id_coupon_campaigns_coupon_id_fk: [issued(fresh(), nobody, bob, 2)],
  issued_coupons_user_id_users_id_fk: [issued(fresh(), opening, nobody, 2)],

  orders_pkey: [order(`'${placed}'`, bob, "0, 0, 0")],
  orders_user_id_users_id_fk: [order(fresh(), nobody, "0, 0, 0")],
  orders_one_per_coupon: [order(fresh(), ada, "1000, 500, 500", `'${coupon}'`)],
  orders_issued_coupon_id_issued_coupons_issued_coupon_id_fk: [
    order(fresh(), ada, "1000, 500, 500", `'${nobody}'`),
  ],
  orders_amounts_add_up: [order(fresh(), ada, "1000, 500, 499")],
  orders_discount_within_total: [
    order(fresh(), ada, "1000, 1001, -1"),
    order(fresh(), ada, "1000, -1, 1001"),
    order(fresh(), ada, "-1000, 0, -1000"),
  ],
  order_lines_pkey: [line(placed, tea, 1_000, 1)],
  order_lines_order_id_orders_order_id_fk: [line(nobody, tea, 1_000, 1)],
  order_lines_product_id_products_product_id_fk: [line(placed, nobody, 1_000, 1)],
  order_lines_quantity_positive: [
    `update order_lines set quantity = 0`,
    `update order_lines set quantity = -1`,
  ],
  order_lines_price_not_negative: [`update order_lines set unit_price = -1`],
  idempotency_keys_pkey: [
    `insert into idempotency_keys values
       ('${ada}', 'order.place', 'k', 'other', ${fresh()}, '{}', now())`,
  ],

  audit_log_pkey: [
    `insert into audit_log (entry_id, action, outcome) overriding system value
     values (1, 'signIn', 'OK'), (1, 'signIn', 'OK')`,
  ],
  rate_limits_pkey: [`insert into rate_limits (key) values ('k'), ('k')`],
};

test("every constraint and unique index there is has its case here, and no other has", async () => {
  const rows = await shop.sql`
    select conname as name from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'p', 'u', 'x')
    union
    select indexrelid::regclass::text from pg_index
    join pg_class on pg_class.oid = indrelid
    where relnamespace = 'public'::regnamespace and indisunique`;
  const names = rows.map((row) => String(row["name"]));
  expect(Object.keys(broken).sort()).toEqual([...new Set(names)].sort());
});

test.each(Object.entries(broken))("%s refuses what breaks it", async (name, statements) => {
  for (const statement of statements) {
    const refused = shop.sql.unsafe(statement).then(() => "nobody", violatedConstraint);
    expect(await refused, statement).toBe(name);
  }
});

test("what the rules allow, the constraints allow", async () => {
  const allowed = [
    `update wallets set balance = 0 where user_id = '${ada}'`,
    `update wallets set balance = ${balanceMax} where user_id = '${ada}'`,
    percent({ discount_percent: "1" }),
    percent({ discount_percent: "100", discount_amount: "1" }),
    campaign({ total_quantity: "10", issued_quantity: "10" }),
    order(fresh(), ada, "1000, 1000, 0"),
    order(fresh(), ada, "0, 0, 0"),
    order(fresh(), ada, "50000000000000, 0, 50000000000000"),
    `update products set stock = 0`,
  ];
  for (const statement of allowed)
    await expect(shop.sql.unsafe(statement)).resolves.toHaveLength(0);
});

test("the limit of a wallet is the same in the database and in the rules", async () => {
  const [row] = await shop.sql`
    select pg_get_constraintdef(oid) as definition from pg_constraint
    where conname = 'wallets_balance_within_limit'`;
  expect(row!["definition"]).toContain(`<= ${balanceMax}`);
});

test("no column that the rules count on may be empty", async () => {
  const rows = await shop.sql`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and is_nullable = 'YES'
      and table_name not in ('users', 'sessions', 'accounts', 'verifications')
    order by 1`;
  expect(rows.map((row) => String(row["name"]))).toEqual([
    "audit_log.actor_id",
    "audit_log.address",
    "audit_log.request_id",
    "audit_log.target",
    "coupon_campaigns.discount_amount",
    "coupon_campaigns.discount_percent",
    "idempotency_keys.address",
    "idempotency_keys.request_id",
    "issued_coupons.order_id",
    "orders.issued_coupon_id",
    "products.image_url",
    "rate_limits.expire",
  ]);
});

test("the log is never rewritten: nobody changes an entry", async () => {
  await expect(shop.sql`update point_log set amount = amount`).rejects.toThrow(
    "rows of point_log are never changed",
  );
});

test("a user has a wallet from the first moment, however many are made at once", async () => {
  const made = await shop.sql`
    with made as (
      insert into users (id, name, email)
      select gen_random_uuid(), 'Many', number || '@many.test' from generate_series(1, 500) number
      returning id
    )
    select id from made`;
  const rows = await shop.sql`
    select user_id from wallets where balance = 0 and seq = 0
      and user_id = any(${made.map((row) => String(row["id"]))}::uuid[])`;
  expect(rows).toHaveLength(500);
});
