/* The report of `npm run test:faults`: what was done to the shop, section by section, and what it came to. */

/** One section as it was last run. */
export interface SectionRun {
  readonly section: string;
  readonly passed: boolean;
  /** How much of the full size it was; 1 is all of it. */
  readonly scale: number;
  readonly seed: number;
  readonly seconds: number;
  readonly date: string;
  readonly machine: string;
  readonly commit: string;
  /** Counts and times by the names they are printed under. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface FaultReport {
  readonly sections: Readonly<Record<string, SectionRun>>;
}

/** What is to be done at full size: the figure's name, the section it comes from, and how often. */
export const goals = [
  ["kills at failpoints", "kills", 3_000],
  ["connections cut before COMMIT", "commits", 1_000],
  ["connections cut after COMMIT, before its answer", "commits", 1_000],
  ["restarts of PostgreSQL", "postgres", 200],
  ["keys sent many times at once", "clients", 5_000],
  ["worker kills", "worker", 1_000],
  ["seconds of everything at once", "soak", 2_700],
  ["random histories beside the model", "model", 10_000],
  ["random orders of the statements of three", "interleavings", 2_000],
] as const satisfies readonly (readonly [string, string, number])[];

/** What is seen rarely and has to be seen, or a run has shown nothing. */
export const rareStates = [
  "lost-answer COMMIT",
  "redelivered outbox row",
  "in-flight duplicate",
  "deadlock or serialization retry",
  "poisoned group",
  "shed request",
  "worker killed between insert and commit",
] as const;

/** The report with one more section in it; a trial of a smaller size replaces no bigger one that passed. */
export function withSection(report: FaultReport, run: SectionRun): FaultReport {
  const before = report.sections[run.section];
  if (before?.passed && run.passed && before.scale > run.scale) return report;
  return { sections: { ...report.sections, [run.section]: run } };
}

/** The rare states that none of these sections has seen. */
export function unseen(report: FaultReport): string[] {
  return rareStates.filter((name) => total(report, name) === 0);
}

function total(report: FaultReport, name: string): number {
  return Object.values(report.sections).reduce((sum, { figures }) => sum + (figures[name] ?? 0), 0);
}

const number = (value: number) => value.toLocaleString("en-US");

/** The report for people, in Markdown. */
export function asMarkdown(report: FaultReport): string {
  const sections = Object.values(report.sections);
  const goalRows = goals.map(([name, section, wanted]) => {
    const done = report.sections[section]?.figures[name] ?? 0;
    return `| ${name} | ${number(wanted)} | ${number(done)} |`;
  });
  const rareRows = rareStates.map((name) => `| ${name} | ${number(total(report, name))} |`);
  const runRows = sections.map((run) => {
    const { section, passed, scale, seed, seconds, date, commit } = run;
    const outcome = passed ? "0 violations" : "**FAILED**";
    const minutes = `${(seconds / 60).toFixed(1)} min`;
    return `| ${section} | ${outcome} | ${scale} | ${minutes} | ${date} | ${commit} | ${seed} |`;
  });
  return [
    "# What was done to the shop, and what it came to",
    "",
    "Written by `npm run test:faults`; what it promises and how is in [reliability.md](reliability.md).",
    "After every fault all books were audited and compared with what clients had been told.",
    "",
    "| fault | wanted | done |",
    "|---|---|---|",
    ...goalRows,
    "",
    "| rare state, which has to be seen | times |",
    "|---|---|",
    ...rareRows,
    "",
    "| section | outcome | scale | took | date | commit | seed |",
    "|---|---|---|---|---|---|---|",
    ...runRows,
    "",
    `Machines: ${[...new Set(sections.map(({ machine }) => machine))].join("; ") || "none yet"}.`,
    "",
    ...sections.flatMap(sectionTable),
  ].join("\n");
}

function sectionTable({ section, figures }: SectionRun): string[] {
  const rows = Object.entries(figures).map(([name, value]) => `| ${name} | ${number(value)} |`);
  return [`## ${section}`, "", "| what | figure |", "|---|---|", ...rows, ""];
}
