import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

// Everything random in a test comes from here, so that a failed run can be run again.
const seed = process.env["SEED"] ?? String(Math.floor(Math.random() * 2 ** 31));
process.env["SEED"] = seed;
console.log(`SEED=${seed}`);

// A test that needs longer waits for something that will not come.
const testMsMax = 30_000;

const webSource = fileURLToPath(new URL("apps/web/src", import.meta.url));

function project(name: string, folder: string, over: object = {}): TestProjectConfiguration {
  return {
    test: {
      name,
      include: [`${folder}/**/*.test.ts`],
      setupFiles: ["tests/support/seed.ts"],
      testTimeout: testMsMax,
      hookTimeout: testMsMax,
      ...over,
    },
  };
}

export default defineConfig({
  test: {
    globalSetup: ["packages/db/src/testing/global-setup.ts"],
    projects: [
      project("core", "packages/core"),
      project("db", "packages/db"),
      project("api", "apps/api"),
      project("contract", "tests/contract", { globalSetup: ["tests/support/build-api.ts"] }),
      // One race at a time: each wants both cores and most of the server's connections.
      project("races", "tests/races", {
        globalSetup: ["tests/support/build-api.ts"],
        fileParallelism: false,
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      // Times are compared in some: one file at a time.
      project("security", "tests/security", {
        globalSetup: ["tests/support/build-api.ts"],
        fileParallelism: false,
      }),
      // One fault at a time, for the same reason.
      project("faults", "tests/faults", {
        globalSetup: ["tests/support/build-api.ts", "tests/support/build-failpoints.ts"],
        fileParallelism: false,
        // The long form (LONG=on) takes hours.
        testTimeout: process.env["LONG"] === "on" ? 14_400_000 : 120_000,
        hookTimeout: 120_000,
      }),
      ...["model", "interleavings", "standby"].map((name) =>
        project(name, `tests/${name}`, {
          globalSetup: ["tests/support/build-api.ts"],
          fileParallelism: false,
          // The long forms (LONG=on) take an hour.
          testTimeout: process.env["LONG"] === "on" ? 7_200_000 : 300_000,
          hookTimeout: 120_000,
        }),
      ),
      project("web", "apps/web/src", { alias: { "@": webSource } }),
      project("docs", "tests/docs"),
      project("scripts", "scripts"),
    ],
  },
});
