import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { preflight } from "./preflight.mjs";

const before = { ...process.env };

beforeEach(() => {
  Object.assign(process.env, { API_PORT: "4987", WEB_PORT: "3987" });
});

afterEach(() => {
  process.env = { ...before };
});

test("free ports and no database of one's own: nothing to say", async () => {
  await expect(preflight()).resolves.toBeUndefined();
});

test("a port that is taken is told with the variable that changes it", async () => {
  const other = createServer().listen(3987);
  await once(other, "listening");
  await expect(preflight()).rejects.toThrow(
    "Port 3987 is taken, perhaps by a Stampede that runs already; " +
      "stop what uses it, or set WEB_PORT to another port.",
  );
  other.close();
});

test("a port that is given back within a moment is waited for", async () => {
  const dying = createServer().listen(4987);
  await once(dying, "listening");
  setTimeout(() => dying.close(), 300);
  await expect(preflight()).resolves.toBeUndefined();
});

test("a database that does not answer is told with its place, without its password", async () => {
  process.env["DATABASE_URL"] = "postgres://shop:secret@127.0.0.1:1/shop";
  await expect(preflight()).rejects.toThrow(
    new Error("No database answers at 127.0.0.1:1 (ECONNREFUSED); check DATABASE_URL."),
  );
});

test("of several hosts of a database one may be away, not all", async () => {
  const standby = createServer();
  await new Promise<void>((resolve) => standby.listen(0, "127.0.0.1", resolve));
  const { port } = standby.address() as { port: number };
  process.env["DATABASE_URL"] = `postgres://shop:secret@127.0.0.1:1,127.0.0.1:${port}/shop`;
  await expect(preflight()).resolves.toBeUndefined();
  standby.close();
  process.env["DATABASE_URL"] = "postgres://shop:secret@127.0.0.1:1,127.0.0.1:2/shop";
  await expect(preflight()).rejects.toThrow(
    new Error("No database answers at 127.0.0.1:1 (ECONNREFUSED); check DATABASE_URL."),
  );
});
