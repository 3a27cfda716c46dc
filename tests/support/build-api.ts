import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder with the API's programs. */
    readonly apiPrograms: string;
  }
}

const api = fileURLToPath(new URL("../../apps/api", import.meta.url));
const once = Symbol.for("stampede: the API is built");

/** Builds the API before the first test; two projects of one run share the build. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = globalThis as { [once]?: Promise<string> };
  const programs = await (shared[once] ??= buildPrograms());
  project.provide("apiPrograms", programs);
  return () => rm(programs, { recursive: true, force: true });
}

/** A build of its own: whoever builds meanwhile does not pull it from under a test. */
export async function buildPrograms(...options: readonly string[]): Promise<string> {
  const programs = await mkdtemp(join(tmpdir(), "stampede-api-"));
  const build = [join(api, "build.mjs"), `--outdir=${programs}`, ...options];
  await promisify(execFile)(process.execPath, build);
  return programs;
}
