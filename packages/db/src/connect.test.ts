import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Connection } from "./connect.ts";
import { createTestDatabase } from "./testing/database.ts";
import type { TestDatabase } from "./testing/server.ts";

let database: TestDatabase;
let connection: Connection;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { name: "stampede test", connections: 1 });
});
afterAll(async () => {
  await connection.client.end({ timeout: 1 });
  await database[Symbol.asyncDispose]();
});

test("the server gives up a client that is gone, and one that holds on to a lock, within 10 s", async () => {
  const rows = await connection.client<{ name: string; setting: string }[]>`
    select name, setting from pg_settings
    where name like 'tcp_keepalives%' or name like '%_timeout' and setting <> '0'`;
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)]));
  const { tcp_keepalives_idle: idle, tcp_keepalives_interval: interval } = settings;
  expect(idle! + interval! * settings["tcp_keepalives_count"]!).toBe(10);
  expect(settings).toMatchObject({
    lock_timeout: 3_000,
    statement_timeout: 5_000,
    idle_in_transaction_session_timeout: 5_000,
  });
});
