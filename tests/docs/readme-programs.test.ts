import { createTestDatabase } from "@stampede/db/testing/database";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { blocks, read, root } from "./documents.ts";

/* The programs of the READMEs are compiled and run, against a real API with the demo shop. */

const folder = join(root, "tests/docs/.programs");
const port = 20_000 + Math.floor(Math.random() * 10_000);
const url = `http://127.0.0.1:${port}`;
let stop: () => Promise<void>;

beforeAll(async () => {
  const database = await createTestDatabase();
  const env = {
    ...process.env,
    // As `npm start` runs it: better-auth asks more of a caller there than in a test.
    NODE_ENV: "production",
    DATABASE_URL: database.url,
    AUTH_SECRET: "only for the tests of the documents",
    API_PORT: String(port),
    LOG_LEVEL: "error",
  };
  const api = join(root, "apps/api");
  execFileSync(process.execPath, ["build.mjs"], { cwd: api });
  execFileSync(process.execPath, ["dist/prepare.js"], { cwd: api, env: { ...env, DEMO: "on" } });
  const server = spawn(process.execPath, ["dist/main.js"], { cwd: api, env, stdio: "inherit" });
  stop = async () => {
    server.kill("SIGTERM");
    await once(server, "exit");
    await database[Symbol.asyncDispose]();
  };
  const ready = async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  await vi.waitFor(ready, { timeout: 20_000, interval: 100 });
  mkdirSync(folder, { recursive: true });
}, 60_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stop?.();
});

describe.each(["README.md", "README.ko.md"])("%s", (document) => {
  test("the TypeScript program compiles, buys, and is answered the same twice", () => {
    const [program] = blocks(read(document), "ts run");
    const file = join(folder, `${document}.mts`);
    writeFileSync(file, program!);
    const config = join(folder, "tsconfig.json");
    writeFileSync(
      config,
      JSON.stringify({ extends: "../../../tsconfig.base.json", files: [`${document}.mts`] }),
    );
    run(join(root, "node_modules/.bin/tsc"), ["--project", config]);

    const printed = run(join(root, "node_modules/.bin/tsx"), [file]);
    expect(printed).toMatch(/^true \d+ \d+\nCHARGE_BELOW_MINIMUM\n/);
    expect(printed).toMatch(/type: 'USE'[\s\S]*type: 'CHARGE'/);
  });

  test("the curl program buys and sees both entries of the log", () => {
    const [program] = blocks(read(document), "sh run");
    const printed = run("bash", ["-euc", program!]);
    expect(printed).toContain('"balance":100000');
    expect(printed).toContain('"orderId":"');
    expect(printed).toMatch(/"type":"USE".*"type":"CHARGE"/);
  });
});

const run = (program: string, args: readonly string[]): string =>
  execFileSync(program, args, { encoding: "utf8", env: { ...process.env, API_URL: url } });
