import { isReached, type Report, type Row } from "./row.ts";
import { boundOf, cpuOf, rateOf, titles, valueOf, type Language } from "./wording.ts";

/* The table, as text for a terminal and as Markdown for the READMEs. */

/** A row with all that is known of it. */
export const rowAsText = (row: Row): string => {
  const verdict = row.toReach ? `   to reach: ${boundOf(row)}${isReached(row) ? "" : "  SHORT"}` : "";
  const aim = row.aim === undefined ? "" : `, aim ${row.aim} ×`;
  const figures = (row.figures ?? []).map(
    (figure) =>
      `  ${figure.name.padEnd(34)} ${rateOf(figure).padStart(10)}   best ${Math.round(figure.best)}` +
      `   CPU µs: API ${figure.cpu.api.toFixed(0)}, PostgreSQL ${figure.cpu.postgres.toFixed(0)}, generator ${figure.cpu.generator.toFixed(0)}`,
  );
  const details = Object.entries(row.details ?? {}).map(([what, value]) => `${what} ${value}`);
  return [
    `${titles[row.id].en}: ${valueOf(row)}${verdict}${aim}`,
    ...figures,
    ...(details.length > 0 ? [`  ${details.join(", ")}`] : []),
  ].join("\n");
};

/** All rows, one line each. */
export const tableAsText = (rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(({ id }) => titles[id].en.length));
  return rows
    .map((row) => {
      const mark = row.toReach ? (isReached(row) ? "ok   " : "SHORT") : "     ";
      return `${mark} ${titles[row.id].en.padEnd(width)} ${valueOf(row).padStart(10)}  ${boundOf(row)}`;
    })
    .join("\n");
};

const words = {
  en: {
    pictureOf: "Operations a second, Stampede and hand-written SQL side by side",
    head: "| through the public API, durable | Stampede | compared with | result | to reach | CPU, µs |",
    note: (report: Report) =>
      `\`npm run bench\` on ${report.machine}; PostgreSQL ${report.postgres} (embedded, \`fsync\` and \`synchronous_commit\` on), ` +
      `${report.date.slice(0, 10)}, commit ${report.commit}. Contenders take turns in short windows of one run; each figure is the ` +
      "median, a ratio that of the rounds; after each scenario the audit must pass. CPU is that of one operation: API + PostgreSQL + load generator, which all share the machine.",
  },
  ko: {
    pictureOf: "초당 처리량, Stampede와 손으로 쓴 SQL",
    head: "| 공개 API로, 내구성 켜고 | Stampede | 비교 대상 | 결과 | 목표 | CPU, µs |",
    note: (report: Report) =>
      `\`npm run bench\`, ${report.machine}; PostgreSQL ${report.postgres}(내장, \`fsync\`와 \`synchronous_commit\` 켬), ` +
      `${report.date.slice(0, 10)}, 커밋 ${report.commit}. 한 번의 실행에서 짧은 구간을 번갈아 재고, 값은 중앙값, 비율은 회차마다 잰 비율의 중앙값이며, ` +
      "시나리오마다 감사를 통과해야 합니다. CPU는 한 건의 API + PostgreSQL + 부하 생성기이며 모두 같은 기계를 씁니다.",
  },
} as const;

/** What the READMEs say between their markers. */
export const reportAsMarkdown = (report: Report, language: Language): string => {
  const { head, note, pictureOf } = words[language];
  const lines = report.rows.map((row) => {
    const [ours, ...others] = row.figures ?? [];
    const reference = others.at(-1);
    const cells = [
      titles[row.id][language],
      ours ? rateOf(ours) : "",
      reference ? `${rateOf(reference)} ${reference.name}` : "",
      isReached(row) ? valueOf(row) : `**${valueOf(row)}**`,
      boundOf(row),
      ours ? cpuOf(ours) : "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const picture = `![${pictureOf}](docs/bench/latest.svg)`;
  return [note(report), "", head, "|---|---|---|---|---|---|", ...lines, "", picture].join("\n");
};

const markers = ["<!-- bench: written by `npm run bench -- --publish` -->", "<!-- /bench -->"] as const;

/** A document with its block between the markers replaced; throws when it has none. */
export const withReport = (document: string, report: Report, language: Language): string => {
  const [start, end] = markers.map((marker) => document.indexOf(marker)) as [number, number];
  if (start < 0 || end < start) throw new Error("The README has no block for the bench.");
  const block = `${markers[0]}\n\n${reportAsMarkdown(report, language)}\n\n`;
  return document.slice(0, start) + block + document.slice(end);
};
