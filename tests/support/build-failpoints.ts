import { rm } from "node:fs/promises";
import type { TestProject } from "vitest/node";
import { buildPrograms } from "./build-api.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder with the API's programs, in a build that has failpoints. */
    readonly apiProgramsWithFailpoints: string;
  }
}

/** Builds the API once more, for those tests that do harm inside of it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = await buildPrograms("--failpoints");
  project.provide("apiProgramsWithFailpoints", programs);
  return () => rm(programs, { recursive: true, force: true });
}
