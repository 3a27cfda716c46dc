import { expect, test } from "vitest";
import { tallyPlaywright, tallyVitest } from "./tally.ts";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((outcome) => ({ status: outcome })),
});
const vitest = (numPassedTests: number, numFailedTests: number, ...testResults: object[]) => ({
  numPassedTests,
  numFailedTests,
  testResults,
});

test("vitest: tests are counted one by one", () => {
  const report = vitest(2, 1, file("passed", "passed"), file("failed", "passed", "failed"));
  expect(tallyVitest(report, 1)).toEqual({ passed: 2, failed: 1 });
});

test("vitest: a file that does not load is a failure", () => {
  const report = vitest(1, 0, file("passed", "passed"), file("failed"));
  expect(tallyVitest(report, 1)).toEqual({ passed: 1, failed: 1 });
});

test("an error outside of every test is a failure", () => {
  expect(tallyVitest(vitest(1, 0, file("passed", "passed")), 1)).toEqual({ passed: 1, failed: 1 });
  expect(tallyVitest(undefined, 1)).toEqual({ passed: 0, failed: 1 });
  expect(tallyPlaywright(undefined, 1)).toEqual({ passed: 0, failed: 1 });
});

test("Playwright: a story that needed a second try has failed", () => {
  const report = { stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 2 }, errors: [] };
  expect(tallyPlaywright(report, 1)).toEqual({ passed: 3, failed: 2 });
});
