import { createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "./connect.ts";
import { errorCode } from "./errors.ts";
import { hostsOf } from "./hosts.ts";
import { createTestDatabase } from "./testing/database.ts";
import type { TestDatabase } from "./testing/server.ts";

let database: TestDatabase;
let alive: URL;
beforeAll(async () => {
  database = await createTestDatabase();
  alive = new URL(database.url);
});
afterAll(() => database[Symbol.asyncDispose]());

/** The test database's address with these hosts in it. */
const urlOf = (...hosts: string[]) => database.url.replace(alive.host, hosts.join(","));

// A reserved port that nobody listens on.
const dead = "127.0.0.1:1";

const ask = async (url: string) => {
  const { client } = connect(url, { name: "hosts test", connections: 1 });
  try {
    return await client`select current_database() as name`;
  } finally {
    await client.end({ timeout: 1 });
  }
};

const listening = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );

test.each([
  ["postgres://a:5432/shop", ["postgres://a:5432/shop"]],
  ["postgres://u:p@a:1,b:2/shop?x=y,z", ["postgres://u:p@a:1/shop?x=y,z", "postgres://u:p@b:2/shop?x=y,z"]],
  ["postgresql://a,b", ["postgresql://a", "postgresql://b"]],
  ["postgres://u:a,b@[::1]:1,c/shop", ["postgres://u:a,b@[::1]:1/shop", "postgres://u:a,b@c/shop"]],
  ["no address", ["no address"]],
])("the hosts of %s", (url, hosts) => {
  expect(hostsOf(url)).toEqual(hosts);
});

test("a host that is away is passed over, wherever it stands", async () => {
  const answered = [{ name: database.name }];
  expect(await ask(urlOf(alive.host))).toEqual(answered);
  expect(await ask(urlOf(dead, alive.host))).toEqual(answered);
  expect(await ask(urlOf(alive.host, dead))).toEqual(answered);
});

test("a host that never answers holds up nobody for long", async () => {
  const silent = createServer();
  const startedAt = performance.now();
  expect(await ask(urlOf(await listening(silent), alive.host))).toEqual([{ name: database.name }]);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  silent.close();
});

test("when all are away, it is told at once and each is asked once", async () => {
  let asked = 0;
  const closing = createServer((socket) => {
    asked += 1;
    socket.destroy();
  });
  const url = urlOf(await listening(closing), dead);
  const error: unknown = await ask(url).catch((thrown: unknown) => thrown);
  expect(errorCode(error)).toBe("ECONNREFUSED");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(asked).toBe(1);
  closing.close();
});

test("a host that says no for a reason is told with its reason", async () => {
  const url = urlOf(dead, alive.host).replace(database.name, "there_is_none");
  const error: unknown = await ask(url).catch((thrown: unknown) => thrown);
  expect(errorCode(error)).toBe("3D000");
});

test("many that connect at once share the search and are all served", async () => {
  const url = urlOf(dead, alive.host);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
  expect(answers).toEqual(Array.from({ length: 20 }, () => [{ name: database.name }]));
});
