import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { blocks, documents, read, root } from "./documents.ts";

describe("what documents point at exists", () => {
  test.each(documents())("%s", (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    const missing = local.filter((link) => !existsSync(join(root, dirname(document), link)));
    expect(missing).toEqual([]);
  });
});

test("both READMEs have the same commands and the same programs, comments aside", () => {
  const withoutComments = (text: string) => text.replaceAll(/(^|\s)(#|\/\/) .*$/gm, "");
  const programsOf = (document: string) =>
    ["sh", "sh run", "ts run"].map((info) => blocks(read(document), info).map(withoutComments));
  expect(programsOf("README.ko.md")).toEqual(programsOf("README.md"));
});

test("every npm command that a document names is there", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = documents().flatMap((document) =>
    [...read(document).matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name!),
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("every dependency has its reason in docs/dependencies.md", () => {
  const catalog = read("pnpm-workspace.yaml").split(/^catalog:$/m)[1]!.split(/^\S/m)[0]!;
  const names = [...catalog.matchAll(/^ {2}"?([^":]+)"?:/gm)].map(([, name]) => name!);
  const reasons = read("docs/dependencies.md");
  const unexplained = names.filter(
    (name) => !name.startsWith("@types/") && !reasons.includes(`\`${name}\``),
  );
  expect(names.length).toBeGreaterThan(20);
  expect(unexplained).toEqual([]);
});
