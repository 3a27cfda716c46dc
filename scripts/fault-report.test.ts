import { expect, test } from "vitest";
import { asMarkdown, goals, rareStates, unseen, withSection, type SectionRun } from "./fault-report.ts";

const run = (over: Partial<SectionRun> = {}): SectionRun => ({
  section: "kills",
  passed: true,
  scale: 1,
  seed: 7,
  seconds: 90,
  date: "2026-11-22",
  machine: "2 cores",
  commit: "abc1234",
  figures: { "kills at failpoints": 3_000 },
  ...over,
});
const none = { sections: {} };

test("sections that were run apart come together in one report", () => {
  const report = withSection(withSection(none, run()), run({ section: "soak" }));
  expect(Object.keys(report.sections)).toEqual(["kills", "soak"]);
});

test("a small trial does not replace a full run; a full one replaces a trial, and a failure all", () => {
  const full = withSection(none, run());
  const trial = run({ scale: 0.1, seed: 8 });
  expect(withSection(full, trial)).toEqual(full);
  expect(withSection(withSection(none, trial), run())).toEqual(full);
  const failed = run({ scale: 0.1, passed: false });
  expect(withSection(full, failed).sections["kills"]).toEqual(failed);
  expect(withSection(withSection(full, failed), trial).sections["kills"]).toEqual(trial);
});

test("a rare state that nothing has reached is told", () => {
  const figures = Object.fromEntries(rareStates.slice(1).map((name) => [name, 1]));
  const report = withSection(none, run({ figures }));
  expect(unseen(report)).toEqual([rareStates[0]]);
  const more = run({ section: "soak", figures: { [rareStates[0]]: 2 } });
  expect(unseen(withSection(report, more))).toEqual([]);
});

test("people read what was wanted, what was done, and what failed", () => {
  const failed = run({ section: "soak", passed: false, scale: 0.5, figures: {} });
  const text = asMarkdown(withSection(withSection(none, run()), failed));
  expect(text).toContain("| kills at failpoints | 3,000 | 3,000 |");
  expect(text).toContain("| worker kills | 1,000 | 0 |");
  expect(text).toContain("| kills | 0 violations | 1 | 1.5 min | 2026-11-22 | abc1234 | 7 |");
  expect(text).toContain("| soak | **FAILED** | 0.5 |");
  for (const [name] of goals) expect(text).toContain(name);
});
