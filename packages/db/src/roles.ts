import type { Sql } from "postgres";

/*
 * Who may do what in the database. The migrator owns everything; the API and the worker take on one
 * of these roles with each connection. None may change the schema, and none may change or remove what
 * has been written to the books: orders, keys, stock entries, the log, the trail.
 */

/** What the API's connections are. */
export const apiRole = "stampede_api";
/** What the worker's connections are. */
export const workerRole = "stampede_worker";

type Rights = Readonly<Record<string, string>>;

const apiRights: Rights = {
  // Written once, for good.
  orders: "select, insert",
  order_lines: "select, insert",
  stock_entries: "select, insert",
  idempotency_keys: "select, insert",
  outbox: "select, insert",
  audit_log: "insert",
  // To lock a row is to have the right to change it.
  wallets: "select, insert, update",
  products: "select, insert, update",
  coupon_campaigns: "select, insert, update",
  issued_coupons: "select, insert, update",
  // The worker's.
  point_log: "select",
  product_popularity: "select",
  popularity_window: "select",
  // Identity.
  users: "select, insert, update",
  accounts: "select, insert, update",
  sessions: "select, insert, update, delete",
  verifications: "select, insert, update, delete",
  rate_limits: "select, insert, update, delete",
};

const workerRights: Rights = {
  outbox: "select, update, delete",
  point_log: "select, insert",
  product_popularity: "select, insert, update, delete",
  popularity_window: "select, update",
  orders: "select",
  order_lines: "select",
};

/** PostgreSQL 17 and newer let others than the owner vacuum a table; see `tidyOutbox`. */
const grantVacuum = `do $$ begin
  if current_setting('server_version_num')::int >= 170000 then
    execute 'grant maintain on outbox to ${workerRole}';
  end if;
end $$`;

/**
 * Makes the roles and gives them their rights, again with every migration. A migrator that may make
 * no roles leaves it at that: the shop then runs as the user it was given.
 */
export const grantRoles = async (client: Sql): Promise<void> => {
  await client.unsafe(`do $$ begin ${makeRole(apiRole)} ${makeRole(workerRole)} end $$`);
  const made = await client`select 1 from pg_roles where rolname in (${apiRole}, ${workerRole})`;
  if (made.length < 2) return;
  await client.unsafe(
    [
      ...grantsTo(apiRole, apiRights),
      ...grantsTo(workerRole, workerRights),
      grantVacuum,
    ].join(";"),
  );
};

const makeRole = (role: string): string => `
  begin
    if not exists (select from pg_roles where rolname = '${role}') then
      create role ${role};
      -- Whoever is no superuser may not yet be what they have made (PostgreSQL 16 and newer).
      if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant ${role} to %I', current_user);
      end if;
    end if;
  exception
    when insufficient_privilege then null;
    -- Another database of this server was migrated at the same moment.
    when duplicate_object or unique_violation then null;
  end;`;

const grantsTo = (role: string, rights: Rights): string[] => [
  `revoke all on all tables in schema public from ${role}`,
  `grant usage on schema public to ${role}`,
  ...Object.entries(rights).map(([table, right]) => `grant ${right} on ${table} to ${role}`),
];

/** Whether whoever connects with `client` may take on both roles. */
export const mayTakeRoles = async (client: Sql): Promise<boolean> => {
  const roles = await client<{ may: boolean }[]>`
    select pg_has_role(current_user, oid,
      -- Since 16 one can be a member without the right to be it.
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as may
    from pg_roles where rolname in (${apiRole}, ${workerRole})`;
  return roles.length === 2 && roles.every(({ may }) => may);
};

/** The address with which each connection takes on the role before its first statement. */
export const withRole = (url: string, role: string): string =>
  `${url}${url.includes("?") ? "&" : "?"}role=${role}`;
