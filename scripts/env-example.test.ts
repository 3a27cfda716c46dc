import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

// Whoever looks for a variable finds it in .env.example, and no other.
const readers: readonly (readonly [file: string, name: RegExp])[] = [
  ["apps/api/src/environment.ts", /^  ([A-Z][A-Z_]+):/gm],
  ["apps/web/src/env.ts", /process\.env\["([A-Z_]+)"\]/g],
  ["scripts/environment.mjs", /"([A-Z][A-Z_]{3,})"/g],
  ["vitest.config.ts", /process\.env\["([A-Z_]+)"\]/g],
  ["packages/db/src/testing/global-setup.ts", /process\.env\["([A-Z_]+)"\]/g],
];

test(".env.example lists every variable that is read, and only those", () => {
  const read = readers.flatMap(([file, name]) => namesIn(file, name));
  const listed = namesIn(".env.example", /^#([A-Z_]+)=/gm);
  expect(listed.sort()).toEqual([...new Set(read)].sort());
});

function namesIn(file: string, name: RegExp): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), "utf8");
  return [...text.matchAll(name)].map(([, found]) => String(found));
}
