import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startShop, type Shop } from "../support/shop.ts";

/* What an operator is shown is there, and what calls them at night says what to do. */

const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

let names: Set<string>;
let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
  await shop.visitor.product.popular.query();
  const { text } = await shop.http.send(`${shop.url}/metrics`);
  names = new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", type]) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => name + part) : [name],
  ));
});
afterAll(() => shop[Symbol.asyncDispose]());

const alerts = textOf("ops/alerts.yml")
  .split(/^      - alert: /m)
  .slice(1)
  .map((text) => ({
    name: text.split("\n")[0]!,
    expr: /^        expr: (.+)$/m.exec(text)?.[1] ?? "",
    text,
  }));
const dashboard = JSON.parse(textOf("ops/dashboard.json")) as {
  panels: { title: string; gridPos: object; targets: { expr: string; legendFormat: string }[] }[];
};
const runbook = textOf("docs/runbook.md");

/** What PromQL has of its own among the words of these expressions. */
const words = new Set(["sum", "max", "by", "rate", "increase", "absent", "histogram_quantile", "or", "up", "le", "procedure", "outcome", "code", "pool", "job"]);

const expectPromQl = (expr: string) => {
  const plain = expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replaceAll(/\[\d+[smhd]\]/g, "");
  let depth = 0;
  for (const sign of plain) {
    if ("({".includes(sign)) depth += 1;
    if (")}".includes(sign)) depth -= 1;
    expect(depth, expr).toBeGreaterThanOrEqual(0);
  }
  expect(depth, expr).toBe(0);
  expect(plain, expr).not.toContain('"""');
  // A rate needs a range, and nothing else may have one.
  expect((expr.match(/\b(rate|increase)\(/g) ?? []).length, expr).toBe((expr.match(/\[\d+[smhd]\]/g) ?? []).length);
  const used = (plain.match(/\b[a-z_][a-z0-9_]*\b/g) ?? []).filter((word) => !words.has(word));
  for (const name of used) expect(names, `${name} in ${expr}`).toContain(name);
};

describe("alerts", () => {
  test("there are some, and each has another name", () => {
    expect(alerts.length).toBeGreaterThanOrEqual(10);
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
  });

  test.each(alerts.map((alert) => [alert.name, alert] as const))("%s: of metrics that exist, and in the runbook", (name, { expr, text }) => {
    expectPromQl(expr);
    expect(text).toMatch(/^        labels: \{ severity: (page|ticket) \}$/m);
    expect(text).toMatch(/^          summary: [A-Z].+\.$/m);
    expect(text).toContain(`runbook: docs/runbook.md#${name.toLowerCase()}`);
    const [, section = ""] = new RegExp(`^### ${name}\\n([\\s\\S]*?)(?=^##)`, "m").exec(runbook) ?? [];
    for (const part of ["**Means**: ", "**First**: ", "**Do**: "]) expect(section, name).toContain(part);
  });

  test("the runbook knows no others", () => {
    const sections = [...runbook.matchAll(/^### (\S+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(alerts.map(({ name }) => name).toSorted());
  });
});

test("each panel of the dashboard is of metrics that exist", () => {
  expect(dashboard.panels.length).toBeGreaterThanOrEqual(10);
  for (const { targets } of dashboard.panels) {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr } of targets) expectPromQl(expr);
  }
});

test("the queries of the runbook run", async () => {
  const blocks = [...runbook.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = ""]) => sql);
  const inline = [...runbook.matchAll(/`(select [^`]+)`/g)].map(([, sql = ""]) => sql);
  const queries = [...blocks, ...inline].filter((sql) => sql.trim().startsWith("select") && !sql.includes("(pid)"));
  expect(queries.length).toBeGreaterThanOrEqual(4);
  for (const query of queries) await shop.sql.unsafe(query);
});
