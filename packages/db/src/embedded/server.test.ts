import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { findBinaries } from "./binaries.ts";
import { findPostmaster } from "./postmaster.ts";
import { startEmbeddedPostgres, stopAbandonedPostgres } from "./server.ts";

// Away from the shop's 5440 and from the ports of other test servers.
const port = 5700;
let root: string;
let directory: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "stampede-embedded-"));
  // As a checkout is: others may look into it.
  await chmod(root, 0o755);
  directory = join(root, "home");
  const server = await start();
  await server.stop();
  // Creating a database takes 1 s alone and 3 s in company; a copy of one takes 0.1 s.
  await rename(directory, join(root, "fresh"));
});

beforeEach(() => {
  spawnSync("cp", ["-a", join(root, "fresh"), directory]);
});

afterEach(async () => {
  await stopAbandonedPostgres(directory);
  await rm(directory, { recursive: true });
});

afterAll(() => rm(root, { recursive: true }));

test("a real PostgreSQL 18 that keeps every commit, with the data of the last time", async () => {
  const first = await start();
  expect(first.adopted).toBe(false);
  expect(await ask(await first.url("shop"), "show server_version_num")).toMatch(/^18/);
  expect(await ask(await first.url("shop"), "show fsync")).toBe("on");
  expect(await ask(await first.url("shop"), "show synchronous_commit")).toBe("on");
  await ask(await first.url("shop"), "create table kept as select 42 as answer");
  await first.stop();
  expect(findPostmaster(join(directory, "data"))).toBeUndefined();

  const second = await start();
  expect(await ask(await second.url("shop"), "select answer from kept")).toBe("42");
  await second.stop();
});

test("several programs share one server, and the last one to leave stops it", async () => {
  const owner = await start();
  const guest = await start();
  expect(guest.adopted).toBe(true);
  await owner.stop();
  expect(await ask(await guest.url("shop"), "select 1")).toBe("1");
  await guest.stop();
  expect(findPostmaster(join(directory, "data"))).toBeUndefined();
});

test("programs that leave at the same moment leave no server behind", async () => {
  // A race of a millisecond, so several rounds; without giving the lock back, one is enough.
  for (let round = 0; round < 8; round += 1) {
    const members = await Promise.all([start(), start()]);
    await Promise.all(members.map((member) => member.stop()));
    expect(findPostmaster(join(directory, "data"))).toBeUndefined();
  }
});

test("starts at the same moment on an empty directory give one server", async () => {
  await rm(directory, { recursive: true });
  const members = await Promise.all(Array.from({ length: 4 }, start));
  const addresses = await Promise.all(members.map((member) => member.url("shop")));
  expect(new Set(addresses).size).toBe(1);
  expect(members.filter((member) => !member.adopted)).toHaveLength(1);
  await Promise.all(members.map((member) => member.stop()));
});

test("the server of a killed program is taken over, and stopped in the end", async () => {
  const killed = await startInAnotherProcess();
  killed.kill("SIGKILL");
  await once(killed, "exit");
  const orphan = findPostmaster(join(directory, "data"));
  expect(orphan).toBeDefined();

  const heir = await start();
  expect(heir.adopted).toBe(true);
  expect(findPostmaster(join(directory, "data"))?.pid).toBe(orphan?.pid);
  await heir.stop();
  expect(findPostmaster(join(directory, "data"))).toBeUndefined();
});

test("a server that was killed itself is started again with its data", async () => {
  const first = await start();
  await ask(await first.url("shop"), "create table kept as select 42 as answer");
  process.kill(findPostmaster(join(directory, "data"))?.pid ?? 0, "SIGKILL");
  await first.stop();

  const second = await start();
  expect(await ask(await second.url("shop"), "select answer from kept")).toBe("42");
  await second.stop();
});

test("a process id that went to a stranger does not pass for the server", async () => {
  const first = await start();
  await first.stop();
  // A stranger under the server's own user: PostgreSQL itself would take it for a server.
  const { user } = await findBinaries();
  const stranger = spawn("sleep", ["60"], { ...user, cwd: "/" });
  const lines = [stranger.pid, join(directory, "data"), 1, port, "", "127.0.0.1", "1 1", "ready"];
  await writeFile(join(directory, "data", "postmaster.pid"), lines.join("\n"));

  const second = await start();
  expect(second.adopted).toBe(false);
  await second.stop();
  stranger.kill();
});

test("a port that is taken is passed over", async () => {
  const taken = createServer().listen(port, "127.0.0.1");
  await once(taken, "listening");
  const server = await start();
  expect(new URL(await server.url("shop")).port).not.toBe(String(port));
  await server.stop();
  taken.close();
});

test("nobody gets in without the password, and only its owner can read it", async () => {
  const server = await start();
  const address = new URL(await server.url("shop"));
  address.password = "guessed";
  await expect(ask(address.href, "select 1")).rejects.toThrow("password authentication failed");
  const { mode } = await stat(join(directory, "data", "stampede.password"));
  expect((mode & 0o777).toString(8)).toBe("600");
  await server.stop();
});

test("a setting PostgreSQL refuses is told in one sentence, with the log", async () => {
  const settings = { max_connections: "many" };
  await expect(startEmbeddedPostgres({ directory, port, settings })).rejects.toThrow(
    /did not start: invalid value for parameter "max_connections": "many".*server\.log/,
  );
});

test.runIf(process.getuid?.() === 0)("works below a closed directory", async () => {
  const closed = join(root, "closed");
  await mkdir(closed, { mode: 0o700 });
  const server = await startEmbeddedPostgres({ directory: join(closed, "home"), port });
  expect(await ask(await server.url("shop"), "select 1")).toBe("1");
  await server.stop();
  expect(await readFile(join(closed, "home", "server.log"), "utf8")).toContain("is ready");
  await rm(realpathSync(join(closed, "home")), { recursive: true });
});

function start() {
  return startEmbeddedPostgres({ directory, port });
}

async function ask(url: string, query: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql.unsafe(query).values();
    return String(row?.[0]);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function startInAnotherProcess() {
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, "server.ts"))};
    await startEmbeddedPostgres(${JSON.stringify({ directory, port })});
    console.log("up");
  `;
  const flags = ["--import", "tsx", "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}
