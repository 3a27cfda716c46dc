import { defineConfig } from "@playwright/test";
import { findBrowser } from "./support/browser.ts";

// A story needs at most one minute, also on two busy cores; longer means that it hangs.
const storyMsMax = 60_000;

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  outputDir: "../test-results",
  globalSetup: "./e2e/support/global-setup.ts",
  timeout: storyMsMax,
  expect: { timeout: 15_000 },
  // Every worker has a shop of its own: database, API and storefront. Two fill two cores.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  reporter: [["list"], ["json", { outputFile: "../test-results/e2e.json" }]],
  use: {
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    viewport: { width: 1280, height: 900 },
    launchOptions: findBrowser(),
    screenshot: "only-on-failure",
  },
});
