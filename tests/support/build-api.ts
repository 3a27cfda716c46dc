import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
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

/** A copy of what was built: whoever builds again meanwhile does not pull it from under a test. */
async function buildPrograms(): Promise<string> {
  await promisify(execFile)(process.execPath, [join(api, "build.mjs")]);
  const programs = await mkdtemp(join(tmpdir(), "stampede-api-"));
  await cp(join(api, "dist"), programs, { recursive: true });
  return programs;
}
