// Behind every npm script: `node scripts/run.mjs <command> [arguments]`. Installs what is missing
// and runs scripts/<command>.ts. Needs nothing but Node, and writes nothing to standard output,
// which belongs to the command.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { preflight } from "./preflight.mjs";
import "./watch-parent.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

try {
  requireNode(20, 19);
  const command = process.argv[2] ?? "";
  const script = `${root}/scripts/${command}.ts`;
  if (!/^[a-z-]+$/.test(command) || !existsSync(script)) {
    throw new Error(`There is no command "${command}": package.json lists them under "scripts".`);
  }
  // Tests say themselves what they want: no file of a developer changes what they find.
  if (!command.startsWith("test") && existsSync(`${root}/.env`)) process.loadEnvFile(`${root}/.env`);
  if (command === "start") await preflight();
  install();
  const { register } = await import("tsx/esm/api");
  register();
  await import(pathToFileURL(script).href);
} catch (error) {
  // An Error of ours says everything in its message; any other is a mistake: show where.
  const told = error instanceof Error && error.constructor === Error;
  console.error(told ? error.message : error);
  process.exitCode = 1;
}

/** @type {(major: number, minor: number) => void} */
function requireNode(major, minor) {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split(".").map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(`Stampede needs Node ${major}.${minor} or newer; this is ${process.version}.`);
}

// The stamp lies in node_modules, so that it goes when they go.
function install() {
  const stamp = `${root}/node_modules/.stampede-installed`;
  const lockfile = readFileSync(`${root}/pnpm-lock.yaml`);
  const machine = `${process.platform} ${process.arch} ${process.versions.modules}`;
  const wanted = createHash("sha256").update(lockfile).update(machine).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  console.error("Installing what Stampede is built from...");
  const pnpm = ["--yes", "pnpm@12.21.0", "install", "--frozen-lockfile", "--prefer-offline"];
  // Everything it says goes to standard error, the second of our own.
  const { status, error } = spawnSync("npx", pnpm, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    const why = error ? `: ${error.message}` : ` (pnpm ended with ${status}, see above)`;
    throw new Error(`The installation failed${why}.`);
  }
  writeFileSync(stamp, wanted);
}
