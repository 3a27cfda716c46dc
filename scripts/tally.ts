import type { Tally } from "./checks.ts";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

interface PlaywrightReport {
  readonly stats: Readonly<Record<"expected" | "unexpected" | "flaky", number>>;
  readonly errors: readonly unknown[];
}

/** Counts a report of vitest; a file that could not even be loaded is a failure of its own. */
export function tallyVitest(report: unknown, status: number): Tally {
  const { numPassedTests, numFailedTests, testResults } = (report ?? noTests) as VitestReport;
  const broken = testResults.filter(({ status: outcome, assertionResults }) => {
    return outcome === "failed" && assertionResults.every((test) => test.status !== "failed");
  });
  return believe(numPassedTests, numFailedTests + broken.length, status);
}

/** Counts a report of Playwright. A story that passes at the second try has failed. */
export function tallyPlaywright(report: unknown, status: number): Tally {
  const { stats, errors } = (report ?? noStories) as PlaywrightReport;
  return believe(stats.expected, stats.unexpected + stats.flaky + errors.length, status);
}

const noTests: VitestReport = { numPassedTests: 0, numFailedTests: 0, testResults: [] };
const noStories: PlaywrightReport = {
  stats: { expected: 0, unexpected: 0, flaky: 0 },
  errors: [],
};

// Whatever was counted: a program that ends with an error has failed.
function believe(passed: number, failed: number, status: number): Tally {
  return { passed, failed: status !== 0 && failed === 0 ? 1 : failed };
}
