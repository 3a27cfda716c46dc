import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildShop } from "./build.ts";
import { check, type Tally } from "./checks.ts";
import { readEnvironment } from "./environment.mjs";
import { tallyPlaywright, tallyVitest } from "./tally.ts";

// `npm test`: everything that can be found out about the shop; `npm test -- core races` a part of
// it. Counts each type check, the lint and the build as one; ends with `N passed, N failed`.

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = join(root, ".cache/reports");
const specs = join(root, "tests/e2e");
// The projects of vitest.config.ts.
const projects = [
  ...["core", "db", "api", "web", "contract", "races", "security"],
  ...["faults", "model", "interleavings", "standby", "docs", "scripts"],
];

const asked = process.argv.slice(3);
const unknown = asked.find((part) => !["check", "build", "e2e", ...projects].includes(part));
if (unknown) {
  throw new Error(`No "${unknown}" to test: there is check, build, e2e, ${projects.join(", ")}.`);
}
const wanted = (part: string) => asked.length === 0 || asked.includes(part);

mkdirSync(reports, { recursive: true });
const total = { passed: 0, failed: 0 };
for (const step of [checks, unitsAndRaces, build, stories]) {
  const { passed, failed } = await step();
  total.passed += passed;
  total.failed += failed;
}
// A run in which nothing ran has shown nothing.
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
console.log(`\n${total.passed} passed, ${total.failed} failed`);

function checks(): Tally {
  return wanted("check") ? check() : { passed: 0, failed: 0 };
}

/** Everything that vitest runs. */
async function unitsAndRaces(): Promise<Tally> {
  const chosen = projects.filter(wanted);
  if (chosen.length === 0) return { passed: 0, failed: 0 };
  const report = freshReport("vitest.json");
  const status = await runNode(join(root, "node_modules/vitest/vitest.mjs"), [
    "run",
    ...chosen.map((project) => `--project=${project}`),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  return tallyVitest(read(report), status);
}

async function build(): Promise<Tally> {
  if (!wanted("build") && !(wanted("e2e") && hasStories())) return { passed: 0, failed: 0 };
  try {
    await buildShop(readEnvironment().variables);
    console.log("\nok     build");
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.log("\nFAILED build\n", error);
    return { passed: 0, failed: 1 };
  }
}

/** What people do in a browser, told by Playwright. */
async function stories(): Promise<Tally> {
  if (!wanted("e2e") || !hasStories()) return { passed: 0, failed: 0 };
  const report = freshReport("playwright.json");
  const status = await runNode(
    join(root, "tests/node_modules/@playwright/test/cli.js"),
    ["test", "--config=tests/playwright.config.ts", "--reporter=list,json"],
    { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  );
  return tallyPlaywright(read(report), status);
}

function hasStories(): boolean {
  return existsSync(specs) && readdirSync(specs).some((file) => file.endsWith(".spec.ts"));
}

function freshReport(name: string): string {
  rmSync(join(reports, name), { force: true });
  return join(reports, name);
}

/** The report, or undefined when the program ended without writing one. */
function read(report: string): unknown {
  return existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined;
}

/** The exit code of a program for Node, which goes down with us. */
function runNode(file: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const watchParent = new URL("./watch-parent.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", watchParent, file, ...args], {
    cwd: root,
    env: { ...readEnvironment().variables, ...more },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise<number>((resolve) => child.once("exit", (status) => resolve(status ?? 1)));
}
