import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readEnvironment } from "./environment.mjs";
import { asMarkdown, unseen, withSection, type FaultReport, type SectionRun } from "./fault-report.ts";

// `npm run test:faults`: the long form of the fault tests, some three hours on two cores; its report
// is docs/reliability-report.md. `-- --only=soak,kills` runs some sections, the others stay as they
// were reported last; `-- --scale=0.1` a tenth of everything; `SEED=...` makes the same choices again.

const root = fileURLToPath(new URL("..", import.meta.url));
/** Each is a file of tests/faults, or has a folder of its own. */
const sections = [
  ...["kills", "commits", "worker", "clients", "contention", "postgres", "soak"],
  ...["model", "interleavings"],
];
const reportFile = join(root, "docs/reliability-report");

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { only: { type: "string" }, scale: { type: "string", default: "1" } },
});
const chosen = options.only?.split(",") ?? sections;
const unknown = chosen.find((section) => !sections.includes(section));
if (unknown !== undefined)
  throw new Error(`There is no section "${unknown}": there is ${sections.join(", ")}.`);
const scale = Number(options.scale);
const { variables } = readEnvironment();
// One for all sections: whatever one of them did can be done again.
const seed = variables["SEED"] ?? String(Math.floor(Math.random() * 2 ** 31));
if (!(scale > 0 && scale <= 1)) throw new Error("--scale is a number above 0, 1 at most.");

let report = readReport();
let failed = 0;
for (const section of chosen) {
  const run = await runSection(section);
  if (!run.passed) failed += 1;
  report = withSection(report, run);
  // After each: whoever stops it loses nothing of what is done.
  writeFileSync(`${reportFile}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(`${reportFile}.md`, asMarkdown(report));
}

const missing = sections.every((section) => section in report.sections) ? unseen(report) : [];
for (const state of missing) console.log(`Never reached, so nothing was shown about it: ${state}.`);
console.log(`\n${chosen.length - failed} passed, ${failed} failed; see docs/reliability-report.md`);
if (failed > 0 || missing.length > 0) process.exitCode = 1;

function readReport(): FaultReport {
  const file = `${reportFile}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as FaultReport) : { sections: {} };
}

async function runSection(section: string): Promise<SectionRun> {
  const result = join(root, `.cache/faults/${section}.json`);
  rmSync(result, { force: true });
  const startedAt = Date.now();
  const folder = existsSync(join(root, "tests", section)) ? section : "faults";
  const status = await vitest(folder, `tests/${folder}/${section}.test.ts`);
  const { figures } = existsSync(result)
    ? (JSON.parse(readFileSync(result, "utf8")) as Pick<SectionRun, "figures">)
    : { figures: {} };
  return {
    section,
    passed: status === 0,
    scale,
    seed: Number(seed),
    seconds: Math.round((Date.now() - startedAt) / 1_000),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    commit: commit(),
    figures,
  };
}

function vitest(project: string, file: string): Promise<number> {
  const watchParent = new URL("./watch-parent.mjs", import.meta.url).href;
  const program = join(root, "node_modules/vitest/vitest.mjs");
  const child = spawn(
    process.execPath,
    ["--import", watchParent, program, "run", `--project=${project}`, file],
    {
      cwd: root,
      env: { ...variables, SEED: seed, LONG: "on", SCALE: String(scale) },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  return new Promise((resolve) => child.once("exit", (status) => resolve(status ?? 1)));
}

function machine(): string {
  const { model = "unknown" } = cpus()[0] ?? {};
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${model.trim()}, ${memory} GB, Node ${process.versions.node}`;
}

/** The commit that is checked out, with a "+" when files differ from it. */
function commit(): string {
  const git = (...args: string[]) =>
    spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
  const changed = git("status", "--porcelain", "--", ".", ":!docs/reliability-report.*");
  return `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : "+"}`;
}
