import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "./arrivals.ts";
import type { Bench, Scenario } from "./bench.ts";
import { findHandWritten } from "./hand-written.ts";
import { readOptions } from "./options.ts";
import { plotOf } from "./plot.ts";
import { isReached, type Report, type Row } from "./row.ts";
import { contest } from "./scenarios/contest.ts";
import { growth } from "./scenarios/growth.ts";
import { pace } from "./scenarios/pace.ts";
import { processes } from "./scenarios/processes.ts";
import { rush } from "./scenarios/rush.ts";
import { soak } from "./scenarios/soak.ts";
import { openGround } from "./stage.ts";
import { rowAsText, tableAsText, withReport } from "./table.ts";
import { titles } from "./wording.ts";

/*
 * The figures of the README. Machines are noisy, so contenders take turns in short windows of one
 * run, and what counts are ratios; CPU an operation, which noise hardly moves, stands beside. After
 * each scenario the audit must pass, or nothing counts.
 *
 *   npm run bench -- [--check] [--publish] [--quick] [--only=TEXT] [--soak=MINUTES] [--without-pgbench]
 */

/**
 * The one that counts milliseconds comes first: the longer a machine is busy the less quiet it is. On one whose kernel
 * watches its memory that took 9 ms of a second at first and 75 after a minute of orders, 20 at a time.
 */
const scenarios: readonly Scenario[] = [pace, contest, rush, processes, growth, soak];

const root = fileURLToPath(new URL("../..", import.meta.url));
const commandOutput = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: root, encoding: "utf8" }).trim();

/** The machine, as a stranger would want to know it. */
const describeMachine = (): string =>
  `${cpus().length} cores of ${cpus()[0]?.model ?? "an unknown kind"}, Node ${process.version.slice(1)}`;

/** The commit that was measured; a plus says that the tree was not as committed. */
const describeCommit = (): string => {
  const changed = commandOutput("git", "status", "--porcelain", "--untracked-files=no") !== "";
  return commandOutput("git", "rev-parse", "--short", "HEAD") + (changed ? "+" : "");
};

const ids = scenarios.flatMap((scenario) => scenario.ids);
const options = readOptions(process.argv.slice(3), ids);
const commit = describeCommit();
execFileSync(process.execPath, ["build.mjs"], { cwd: `${root}/apps/api`, stdio: "inherit" });

const seed = Number(process.env["SEED"] ?? 7);
const startedAt = performance.now();
const rows: Row[] = [];
const failures: string[] = [];
const ground = await openGround();
// What an install has left in memory is written within the next half minute, and commits may wait behind it: right after
// one, 99 of 100 orders took 128 ms, and 43 and 52 in two runs with this. Where there is no such program nothing is lost.
spawnSync("sync");
try {
  const bench: Bench = {
    ...{ options, ground, handWritten: findHandWritten(options.pgbench), random: seededRandom(seed) },
    isWanted: (id) => options.only === undefined || id.includes(options.only),
  };
  console.log(`${describeMachine()}, commit ${commit}, SEED=${seed}, against ${bench.handWritten.name}`);
  for (const scenario of scenarios) {
    if (!scenario.ids.some(bench.isWanted)) continue;
    try {
      await scenario.run(bench, (row) => {
        rows.push(row);
        console.log(`\n${rowAsText(row)}`);
      });
    } catch (error) {
      // One scenario that breaks takes its own rows with it, not those of the others.
      failures.push(error instanceof Error ? error.message : String(error));
      console.log(`\nFAILED ${scenario.ids.join(", ")}: ${failures.at(-1)}`);
    }
  }
} finally {
  await ground.close();
}

// As the table is read, whatever was measured first.
const places = Object.keys(titles);
rows.sort((one, other) => places.indexOf(one.id) - places.indexOf(other.id));
const report: Report = {
  ...{ date: new Date().toISOString(), commit, machine: describeMachine(), postgres: ground.version },
  ...{ seed, quick: options.quick, minutes: (performance.now() - startedAt) / 60_000, rows },
};
write("bench/results/latest.json", `${JSON.stringify(report, null, 2)}\n`);
write("bench/results/latest.svg", plotOf(report));

const short = rows.filter((row) => !isReached(row));
console.log(`\n${tableAsText(rows)}`);
console.log(
  `\n${rows.length - short.length} of ${rows.length} rows reached in ${report.minutes.toFixed(0)} min; ` +
    "figures in bench/results/latest.json, picture in latest.svg.",
);
if (failures.length > 0) throw new Error(`${failures.length} scenarios broke: ${failures.join(" ")}`);
if (options.publish) publish();
if (options.check && short.length > 0) process.exitCode = 1;

function publish(): void {
  write("docs/bench/latest.json", `${JSON.stringify(report, null, 2)}\n`);
  write("docs/bench/latest.svg", plotOf(report));
  for (const [document, language] of [["README.md", "en"], ["README.ko.md", "ko"]] as const)
    write(document, withReport(readFileSync(`${root}/${document}`, "utf8"), report, language));
  console.log("Published in docs/bench and both READMEs.");
}

function write(path: string, text: string): void {
  mkdirSync(dirname(`${root}/${path}`), { recursive: true });
  writeFileSync(`${root}/${path}`, text);
}
