import { expect, test } from "vitest";
import { readEnvironment } from "./environment.mjs";

test("nothing set: the ports of the contract, the embedded database, the demo shop", () => {
  expect(readEnvironment({})).toMatchObject({
    apiPort: 4000,
    webPort: 3000,
    databaseUrl: undefined,
    demo: true,
  });
});

test("a variable set to nothing is not set", () => {
  const environment = readEnvironment({ API_PORT: "", RATE_LIMIT: "", LOG_LEVEL: "" });
  expect(environment).toMatchObject({ apiPort: 4000, variables: {} });
});

test("a database of one's own gets no demo unless it is asked for", () => {
  const DATABASE_URL = "postgres://shop:secret@db.example:5432/shop";
  expect(readEnvironment({ DATABASE_URL })).toMatchObject({ demo: false });
  expect(readEnvironment({ DATABASE_URL, DEMO: "on" })).toMatchObject({ demo: true });
});

test("a database may have several hosts: a primary and its standbys", () => {
  const DATABASE_URL = "postgres://shop:secret@db-1:5432,db-2:5432/shop";
  expect(readEnvironment({ DATABASE_URL })).toMatchObject({ databaseUrl: DATABASE_URL });
});

test.each([
  [{ API_PORT: "abc" }, 'API_PORT is "abc"; it must be a port, a whole number from 1 to 65535.'],
  [{ WEB_PORT: "0" }, 'WEB_PORT is "0"; it must be a port, a whole number from 1 to 65535.'],
  [{ WEB_PORT: "4e3" }, 'WEB_PORT is "4e3"; it must be a port, a whole number from 1 to 65535.'],
  [{ WEB_PORT: "4000" }, "API_PORT and WEB_PORT are both 4000; give them different ports."],
  [{ RATE_LIMIT: "no" }, 'RATE_LIMIT is "no"; it must be "on" or "off".'],
  [{ WORKER: "1" }, 'WORKER is "1"; it must be "on" or "off".'],
  [{ DEMO: "yes" }, 'DEMO is "yes"; it must be "on" or "off".'],
  [
    { DATABASE_URL: "mysql://root:secret@db/shop" },
    "DATABASE_URL is not an address like postgres://user:password@host:5432/shop.",
  ],
  [
    { DATABASE_URL: "postgres://root:secret@db-1:5432,db-2:port/shop" },
    "DATABASE_URL is not an address like postgres://user:password@host:5432/shop.",
  ],
  [{ AUTH_SECRET: "short" }, "AUTH_SECRET has 5 characters; it needs 32 or more."],
])("%o is refused in one sentence", (variables, sentence) => {
  expect(() => readEnvironment(variables)).toThrow(new Error(sentence));
});
