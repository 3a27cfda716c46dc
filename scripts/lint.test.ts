import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

// Plants each mistake in a tree of its own and sees that the linter finds it.
const root = fileURLToPath(new URL("..", import.meta.url));
let tree: string;

const mistakes: ReadonlyArray<readonly [rule: string, file: string, text: string]> = [
  ["no-restricted-imports", "packages/core/src/a.ts", 'import "postgres";'],
  ["no-restricted-imports", "packages/core/src/b.ts", 'import "node:fs";'],
  ["no-restricted-imports", "packages/core/src/c.ts", 'import "@stampede/db/connect";'],
  ["no-restricted-imports", "packages/core/src/order/d.ts", 'import "../../../db/src/connect.ts";'],
  ["no-restricted-imports", "packages/core/src/e.test.ts", 'import "@stampede/db/connect";'],
  ["no-restricted-imports", "packages/db/src/a.ts", 'import "@stampede/api/router";'],
  ["no-restricted-imports", "packages/db/src/b.ts", 'import "@trpc/server";'],
  ["no-restricted-imports", "apps/api/src/a.ts", 'import "@stampede/web/page";'],
  ["no-restricted-imports", "apps/web/src/a.ts", 'import "@stampede/db/connect";'],
  ["no-restricted-imports", "apps/web/src/b.tsx", 'import { A } from "@stampede/api/router"; A();'],
  ["no-restricted-imports", "apps/web/src/c.ts", 'import "postgres";'],
  ["no-restricted-imports", "packages/client/src/a.ts", 'import "drizzle-orm/pg-core";'],
  ["no-process-env", "apps/api/src/b.ts", "console.log(process.env);"],
  ["no-process-env", "packages/db/src/c.ts", "console.log(process.env);"],
  ["no-default-export", "apps/api/src/c.ts", "export default 1;"],
  ["no-barrel-file", "packages/db/src/d.ts", 'export * from "./a.ts"; export * from "./b.ts";'],
  ["no-floating-promises", "apps/api/src/d.ts", "Promise.resolve(1);"],
  ["no-explicit-any", "apps/api/src/e.ts", "export const anything: any = 1;"],
];

const allowed: ReadonlyArray<readonly [file: string, text: string]> = [
  ["packages/core/src/x.ts", 'import { z } from "zod"; import "./order/x.ts"; void z;'],
  ["packages/core/src/order/x.ts", 'import "../x.ts";'],
  ["packages/core/src/x.test.ts", 'import fc from "fast-check"; import "vitest"; void fc;'],
  ["packages/db/src/x.ts", 'import "@stampede/core/x"; import "drizzle-orm"; import "postgres";'],
  ["apps/api/src/x.ts", 'import "@stampede/core/x"; import "@stampede/db/x";'],
  ["apps/api/src/environment.ts", "console.log(process.env);"],
  ["apps/web/src/x.ts", 'import type { A } from "@stampede/api/router"; export type X = A;'],
  ["apps/web/src/app/page.tsx", 'import "@stampede/core/x"; export default 1;'],
];

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "stampede-lint-"));
  cpSync(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
  // Without what is installed only here: the types of Node.
  writeFileSync(join(tree, "tsconfig.json"), '{ "compilerOptions": { "strict": true } }');
  for (const [file, text] of [...mistakes.map(([, ...planted]) => planted), ...allowed]) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), `${text}\n`);
  }
});

afterAll(() => rmSync(tree, { recursive: true }));

test("every planted mistake is found, and nothing that is allowed", () => {
  const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--format", "json"], {
    cwd: tree,
    encoding: "utf8",
  });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string }[];
  };
  const found = diagnostics.map(({ code, filename }) => {
    return `${/\((.*)\)/.exec(code)?.[1]} ${filename}`;
  });
  const planted = mistakes.map(([rule, file]) => `${rule} ${file}`);
  expect([...new Set(found)].sort()).toEqual(planted.sort());
});
