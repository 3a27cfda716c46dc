import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const build = fileURLToPath(new URL("../../apps/api/build.mjs", import.meta.url));
const once = Symbol.for("stampede: the API is built");

/** Builds the API before the first test; two projects of one run share the build. */
export default async function setup(): Promise<void> {
  const shared = globalThis as { [once]?: Promise<unknown> };
  await (shared[once] ??= promisify(execFile)(process.execPath, [build]));
}
