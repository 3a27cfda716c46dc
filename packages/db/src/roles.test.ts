import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded/server.ts";
import { canTakeRoles, migrateDatabase } from "./migrate.ts";
import { apiRole, withRole, workerRole } from "./roles.ts";

// A server of its own: roles belong to a server, not to a database.
let server: EmbeddedPostgres;
let directory: string;
beforeAll(async () => {
  directory = join(tmpdir(), `stampede-roles-${process.pid}`);
  server = await startEmbeddedPostgres({ directory, port: 5_700, settings: { fsync: "off" } });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

/** A database of somebody who may do only what is said; answers their address of it. */
const ownedBy = async (name: string, rights: string): Promise<string> => {
  const url = new URL(await server.url("postgres"));
  const sql = postgres(url.href, { max: 1, onnotice: () => {} });
  await sql.unsafe(`create role ${name} login password 'secret' ${rights}`);
  await sql.unsafe(`create database ${name} owner ${name}`);
  await sql.end();
  return Object.assign(url, { username: name, password: "secret", pathname: `/${name}` }).href;
};
const rolesThere = async (url: string) => {
  const sql = postgres(url, { max: 1 });
  const rows = await sql`select rolname from pg_roles where rolname in (${apiRole}, ${workerRole})`;
  await sql.end();
  return rows.length;
};
const roleWhenConnected = async (url: string) => {
  const sql = postgres(url, { max: 1 });
  const [row] = await sql`select current_user as name`;
  await sql.end();
  return row?.["name"] as string;
};

test("who may make no roles migrates all the same, and serves as who they are", async () => {
  const url = await ownedBy("plain", "");
  await migrateDatabase(url);
  expect(await rolesThere(url)).toBe(0);
  expect(await canTakeRoles(url)).toBe(false);
});

test("who may make roles makes them, and may be them; again it changes nothing", async () => {
  const url = await ownedBy("maker", "createrole");
  for (let again = 0; again < 2; again++) {
    await migrateDatabase(url);
    expect(await rolesThere(url)).toBe(2);
    expect(await canTakeRoles(url)).toBe(true);
  }
  expect(await roleWhenConnected(withRole(url, apiRole))).toBe(apiRole);
  expect(await roleWhenConnected(withRole(`${url}?application_name=x`, workerRole))).toBe(workerRole);
});

test("where somebody else has made them, an owner grants them their rights and need not be them", async () => {
  const url = await ownedBy("later", "");
  await migrateDatabase(url);
  expect(await canTakeRoles(url)).toBe(false);
  const sql = postgres(url, { max: 1 });
  const [row] = await sql`
    select has_table_privilege(${apiRole}, 'orders', 'insert') as insert,
      has_table_privilege(${apiRole}, 'orders', 'update') as update`;
  await sql.end();
  expect(row).toEqual({ insert: true, update: false });
});

test("the embedded server's login for those who serve owns nothing and can only be the roles", async () => {
  await migrateDatabase(await server.url("embedded"));
  const url = await server.servingUrl("embedded", [apiRole, workerRole]);
  // The same to the next who asks: others may be connected with it.
  expect(await server.servingUrl("embedded", [apiRole, workerRole])).toBe(url);
  expect(await canTakeRoles(url)).toBe(true);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await expect(sql`select * from users`).rejects.toMatchObject({ code: "42501" });
  await expect(sql`set role stampede`).rejects.toMatchObject({ code: "42501" });
  await sql.end();
  const api = postgres(withRole(url, apiRole), { max: 1 });
  expect([...(await api`select * from users`)]).toEqual([]);
  await api.end();
});
