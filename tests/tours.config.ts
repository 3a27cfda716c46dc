import { defineConfig } from "@playwright/test";
import stories from "./playwright.config.ts";

/** What is looked at or measured, and not part of the tests: pictures and Lighthouse. */
export default defineConfig({
  ...stories,
  testDir: "tours",
  testMatch: "*.ts",
  globalSetup: "./e2e/support/global-setup.ts",
  reporter: [["list"]],
  // One at a time, or the figures are about sharing two cores.
  workers: 1,
  timeout: 600_000,
  projects: [
    { name: "screens", testMatch: "screens.ts" },
    { name: "lighthouse", testMatch: "lighthouse.ts" },
  ],
});
