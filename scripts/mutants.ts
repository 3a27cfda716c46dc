import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { startTestServer } from "@stampede/db/testing/server";
import { mutants } from "./mutants/all.ts";
import { plant, type Mutant } from "./mutants/mutant.ts";
import { copyTree } from "./mutants/tree.ts";
import { readEnvironment } from "./environment.mjs";

// `npm run mutants`: are the tests any good? Plants one mistake after the other in a copy of the
// project and says which test found it. Exit 1 when one was not found, or does not fit any more.
// `npm run mutants -- the-guard-is-off` plants that one only.

// When the tests that ought to catch a mutant let it live, these are asked.
const wider = [
  ["--project=core", "--project=db", "--project=api"],
  ["contract", "security", "interleavings", "races"].map((name) => `--project=${name}`),
];
// A mutant may make tests hang, past the limits of their own: that is noticed, too.
const runMsMax = 180_000;

const asked = process.argv.slice(3);
const unknown = asked.find((name) => !mutants.some((mutant) => mutant.name === name));
if (unknown) throw new Error(`There is no mutant "${unknown}": scripts/mutants has them all.`);
const planted = asked.length === 0 ? mutants : mutants.filter(({ name }) => asked.includes(name));

const root = fileURLToPath(new URL("..", import.meta.url));
const tree = copyTree(root);
process.once("exit", () => rmSync(tree, { recursive: true, force: true }));
mkdirSync(join(tree, ".cache"));
// One PostgreSQL for all runs: starting one would take longer than most tests do.
const server = await startTestServer(join(root, ".cache"));
try {
  await requireHealthyTests();
  const survivors: string[] = [];
  for (const mutant of planted) if (!(await isCaught(mutant))) survivors.push(mutant.name);
  const caught = planted.length - survivors.length;
  console.log(`\n${caught} of ${planted.length} mutants were caught`);
  if (survivors.length > 0) console.log(`SURVIVED: ${survivors.join(", ")}`);
  if (survivors.length > 0) process.exitCode = 1;
} finally {
  await server[Symbol.asyncDispose]();
}

/** A test that fails anyway catches nothing. */
async function requireHealthyTests(): Promise<void> {
  const files = [...new Set(planted.flatMap(({ caughtBy }) => caughtBy))];
  const { failed, said } = await runTests(files, 10 * runMsMax);
  if (failed.length === 0) return;
  throw new Error(`Without any mutant these tests fail already: ${failed.join("; ")}\n${said}`);
}

async function isCaught(mutant: Mutant): Promise<boolean> {
  const startedAt = performance.now();
  const remove = plant(tree, mutant);
  try {
    for (const tests of [mutant.caughtBy, ...wider]) {
      const { failed } = await runTests(["--bail=1", ...tests]);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
      if (failed.length === 0) continue;
      console.log(`caught   ${mutant.name} (${seconds} s)\n         by ${failed[0]}`);
      if (tests !== mutant.caughtBy) console.log("         not by the tests it names");
      return true;
    }
    console.log(`SURVIVED ${mutant.name}: ${mutant.breaks}`);
    return false;
  } finally {
    remove();
  }
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Which tests of the copy failed. That a file cannot even be loaded is an error, not a catch. */
async function runTests(args: readonly string[], msMax = runMsMax) {
  const output = join(tree, ".cache/report.json");
  rmSync(output, { force: true });
  const options = ["--reporter=json", `--outputFile.json=${output}`];
  const { said, hung } = await vitest([...args, ...options], msMax);
  if (hung) return { failed: [`${args.at(-1)}: did not end within ${msMax / 1_000} s`], said };
  const report = existsSync(output) ? (JSON.parse(readFileSync(output, "utf8")) as Report) : noReport;
  const failed = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(tree, name);
    const tests = assertionResults.filter((test) => test.status === "failed");
    if (tests.length > 0) return tests.map(({ fullName }) => `${file}: ${fullName}`);
    return status === "failed" && assertionResults.length > 0 ? [`${file}: before all tests`] : [];
  });
  const ran = report.testResults.some(({ assertionResults: tests }) => tests.length > 0);
  if (!ran) throw new Error(`No test could be run:\n${said}`);
  return { failed, said };
}

const noReport: Report = { testResults: [] };

/** Runs vitest in the copy; answers the last of what it said, and whether it had to be ended. */
function vitest(args: readonly string[], msMax: number): Promise<{ said: string; hung: boolean }> {
  const watchParent = new URL("./watch-parent.mjs", import.meta.url).href;
  const program = join(tree, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, ["--import", watchParent, program, "run", ...args], {
    cwd: tree,
    env: { ...readEnvironment().variables, TEST_DATABASE_URL: server.url },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: msMax,
    killSignal: "SIGKILL",
  });
  let said = "";
  const listen = (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-8_000));
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (_status, signal) => resolve({ said, hung: signal === "SIGKILL" }));
  });
}
