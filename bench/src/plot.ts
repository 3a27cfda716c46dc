import type { Figure } from "./figures.ts";
import type { Report, Row, RowId } from "./row.ts";
import { rateOf, titles, valueOf } from "./wording.ts";

/*
 * The figures as a picture: what Stampede carries out in a second against the hand-written SQL. Plain
 * SVG; its own style sheet follows the reader's light or dark.
 */

const plotted: readonly RowId[] = ["orders-spread", "orders-hot", "charges-spread", "charges-hot", "rush"];

const width = 860;
const left = 20;
const barLeft = 250;
const barRight = width - 150;
const barHeight = 18;
const groupGap = 34;
const top = 64;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .group { font-weight: 600; }
  .quiet { fill: #59636e; }
  .back { fill: #ffffff; }
  .ours { fill: #0969da; }
  .single { fill: #79b8ff; }
  .theirs { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .back { fill: #0d1117; }
    .ours { fill: #4493f8; }
    .single { fill: #1f4f8f; }
    .theirs { fill: #656c76; }
  }`;

/** The picture of a whole run; empty of bars when none of the plotted rows was run. */
export const plotOf = (report: Report): string => {
  const rows = plotted.flatMap((id) => report.rows.filter((row) => row.id === id));
  const most = Math.max(1, ...rows.flatMap(({ figures = [] }) => figures.map(({ median }) => median)));
  let y = top;
  const groups = rows.map((row) => {
    const group = groupOf(row, y, most);
    y += groupGap + barHeight * (row.figures ?? []).length;
    return group;
  });
  const height = y + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Operations a second">`,
    `<style>${style}\n</style>`,
    `<rect class="back" width="${width}" height="${height}" rx="8"/>`,
    text(left, 28, "title", "Operations a second, durable, on two shared cores"),
    text(left, 48, "quiet", "Stampede over HTTP, with sessions and validation; hand-written SQL straight on the database"),
    ...groups,
    text(left, height - 12, "quiet", `${report.machine}, ${report.date.slice(0, 10)}, commit ${report.commit}`),
    "</svg>\n",
  ].join("\n");
};

const groupOf = (row: Row, y: number, most: number): string => {
  const figures = row.figures ?? [];
  const title = titles[row.id].en.split(":")[0]!;
  return [
    text(left, y + 12, "group", `${title}: ${valueOf(row)}`),
    ...figures.map((figure, index) => {
      const kind = index === 0 ? "ours" : index === figures.length - 1 ? "theirs" : "single";
      return barOf(figure, kind, y + 18 + index * barHeight, most);
    }),
  ].join("\n");
};

const barOf = (figure: Figure, kind: string, y: number, most: number): string => {
  const length = Math.max(1, ((barRight - barLeft) * figure.median) / most);
  return [
    text(left + 12, y + 12, "quiet", figure.name),
    `<rect class="${kind}" x="${barLeft}" y="${y + 1}" width="${length.toFixed(1)}" height="${barHeight - 4}" rx="2"/>`,
    text(barLeft + length + 8, y + 12, "", rateOf(figure)),
  ].join("\n");
};

const text = (x: number, y: number, kind: string, said: string): string => {
  const escaped = said.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${kind ? ` class="${kind}"` : ""}>${escaped}</text>`;
};
