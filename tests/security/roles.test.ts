import { apiRole, withRole, workerRole } from "@stampede/db/roles";
import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* What somebody could do who speaks SQL through the API or the worker: not change the books. */

let shop: Shop;
let api: Sql;
let worker: Sql;
let userId: string;
beforeAll(async () => {
  shop = await startShop();
  const shopper = await shop.shopper();
  ({ userId } = shopper);
  await shopper.api.wallet.charge.mutate({ amount: 5_000, idempotencyKey: newKey() });
  await shop.logWritten();
  const open = (role: string) => postgres(withRole(shop.databaseUrl, role), { max: 1, onnotice: () => {} });
  api = open(apiRole);
  worker = open(workerRole);
});
afterAll(async () => {
  await Promise.all([api.end(), worker.end()]);
  await shop[Symbol.asyncDispose]();
});

test("the connections of an API process are the roles', none is the owner's", async () => {
  // Of another session's role PostgreSQL tells nobody; what it may not do shows whose it is.
  await using broken = await startShop({ breaks: true });
  await broken.sql`revoke select on products from ${broken.sql(apiRole)}`;
  await expectRefused(broken.visitor.product.list.query({}), "INTERNAL");
  await broken.sql`grant select on products to ${broken.sql(apiRole)}`;
  expect((await broken.visitor.product.list.query({})).items).toEqual([]);
});

const denied = { code: "42501" };
const everyone = () => [api, worker];

describe("nobody who serves", () => {
  test.each([
    "create table mine (id int)",
    "create schema mine",
    "create function mine() returns int language sql as 'select 1'",
    "alter table wallets add column mine int",
    "alter table wallets drop constraint wallets_balance_within_limit",
    "drop table point_log",
    "drop trigger point_log_is_append_only on point_log",
    "alter table point_log disable trigger all",
    "truncate point_log",
    "truncate audit_log",
    "create index mine on orders (user_id)",
    "create role mine",
    "set session_replication_role = replica",
    "copy users to program 'cat'",
    "select pg_read_file('/etc/passwd')",
  ])("may %s", async (statement) => {
    for (const sql of everyone()) await expect(sql.unsafe(statement), statement).rejects.toMatchObject(denied);
  });

  const books = ["point_log", "audit_log", "idempotency_keys", "orders", "order_lines", "stock_entries"];
  test.each(books)("may change or remove what %s has", async (table) => {
    for (const sql of everyone()) {
      const [column] = await shop.sql<{ name: string }[]>`
        select column_name as name from information_schema.columns where table_name = ${table} and is_identity = 'NO' limit 1`;
      await expect(sql.unsafe(`update ${table} set ${column!.name} = ${column!.name}`)).rejects.toMatchObject(denied);
      await expect(sql.unsafe(`delete from ${table}`)).rejects.toMatchObject(denied);
    }
  });
});

test("the API writes no log, and removes no user, wallet, product or campaign", async () => {
  await expect(api`insert into point_log select * from point_log`).rejects.toMatchObject(denied);
  for (const table of ["users", "wallets", "products", "coupon_campaigns", "issued_coupons", "outbox"])
    await expect(api.unsafe(`delete from ${table}`), table).rejects.toMatchObject(denied);
  await expect(api`select * from audit_log`).rejects.toMatchObject(denied);
});

test("the worker knows no money, no person and no session", async () => {
  for (const table of ["wallets", "users", "accounts", "sessions", "products", "idempotency_keys", "audit_log"])
    await expect(worker.unsafe(`select * from ${table}`), table).rejects.toMatchObject(denied);
  await expect(worker`update wallets set balance = 1 where user_id = ${userId}`).rejects.toMatchObject(denied);
});

test("the worker may vacuum the outbox, and nobody anything else", async () => {
  const may = await shop.sql<{ role: string; table: string }[]>`
    select role, relname as table from unnest(array[${apiRole}, ${workerRole}]) role, pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and has_table_privilege(role, oid, 'maintain')`;
  expect([...may]).toEqual([{ role: workerRole, table: "outbox" }]);
});

test("every table has rights that somebody thought of", async () => {
  const tables = await shop.sql<{ name: string; known: boolean }[]>`
    select relname as name, relacl::text like ${`%${apiRole}%`} as known from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace`;
  expect(tables.filter(({ known }) => !known)).toEqual([]);
});
