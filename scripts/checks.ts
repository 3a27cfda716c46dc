import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a step of `npm test` comes to. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules/.bin");

/** Checks the types of every package and of the scripts, and lints everything. */
export function check(): Tally {
  const checks = [
    ...packages().map((directory) => () => {
      return run(`types of ${directory}`, "pnpm", ["--dir", directory, "--silent", "typecheck"]);
    }),
    () => run("types of scripts", "tsc", ["--noEmit", "--project", "scripts"]),
    () => run("lint", "oxlint", []),
  ];
  const passed = checks.filter((oneCheck) => oneCheck()).length;
  return { passed, failed: checks.length - passed };
}

function packages(): string[] {
  const grouped = ["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  const all = [...grouped, "tests", "bench"];
  return all.filter((path) => existsSync(join(root, path, "package.json")));
}

// What a check that passes has to say is not worth reading.
function run(name: string, program: string, args: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync(join(bin, program), args, {
    cwd: root,
    encoding: "utf8",
  });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name}`);
  if (status !== 0) console.log(`${stdout}${stderr}`);
  return status === 0;
}
