import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Report } from "../../bench/src/row.ts";
import { withReport } from "../../bench/src/table.ts";
import { read, root } from "./documents.ts";

const published = "docs/bench/latest.json";

test.each([
  ["README.md", "en"],
  ["README.ko.md", "ko"],
] as const)("%s shows the published run of the bench, all of it and nothing else", (document, language) => {
  // Until there is a published run, the place where it will stand has to be there.
  const reports = existsSync(join(root, published)) ? [JSON.parse(read(published)) as Report] : [];
  for (const report of reports) {
    expect(withReport(read(document), report, language)).toBe(read(document));
    expect(report.quick).toBe(false);
  }
  expect(read(document).match(/<!-- \/?bench\b/g)).toHaveLength(2);
});
