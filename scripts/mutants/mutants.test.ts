import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mutants } from "./all.ts";
import { misfitOf } from "./mutant.ts";

// Whether each is caught takes minutes (`npm run mutants`); that each can be planted, nothing.
const root = fileURLToPath(new URL("../..", import.meta.url));

test("every mutant still fits the code it is planted in", () => {
  const misfits = mutants.flatMap(({ name, edits }) =>
    edits.flatMap((edit) => misfitOf(root, edit) ?? []).map((misfit) => `${name}: ${misfit}`),
  );
  expect(misfits).toEqual([]);
});

test("every mutant has a name of its own and tests that exist", () => {
  const names = mutants.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const files = mutants.flatMap(({ caughtBy }) => caughtBy);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test("there are mutants enough to mean something", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20);
});
