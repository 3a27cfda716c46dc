import { readFileSync } from "node:fs";
import postgres from "postgres";
import { connections, fileOf, type Extent, type Ran, type Script } from "./hand-written.ts";

/*
 * Runs a script of bench/sql as pgbench does, for machines without it: the same statements, prepared,
 * one after the other, each answered before the next is sent. A process of its own. Knows what those
 * scripts use: `\set x random(a, b)`, `\gset prefix_`, `\if a > n and b = n`, `:x`.
 */

type Variables = Map<string, number | string>;
type Step = (sql: postgres.Sql, variables: Variables) => Promise<void> | void;

const compile = (line: string): Step | "if" | "endif" => {
  const [, variable, from, to] = /^\\set (\w+) random\((\d+), :?(\w+)\)$/.exec(line) ?? [];
  if (variable && from && to)
    return (_sql, variables) => {
      const upper = Number(variables.get(to) ?? to);
      variables.set(variable, Number(from) + Math.floor(Math.random() * (upper - Number(from) + 1)));
    };
  if (line.startsWith("\\if ")) return "if";
  if (line === "\\endif") return "endif";
  if (line.startsWith("\\")) throw new Error(`bench/sql: "${line}" is not understood.`);

  const [, statement = "", prefix] = /^(.*?)(?:;| \\gset (\w+))$/.exec(line) ?? [];
  const names: string[] = [];
  const text = statement.replaceAll(/(?<!:):([a-z]\w*)/g, (_all, name: string) => `$${names.push(name)}`);
  return async (sql, variables) => {
    const given = names.map((name) => String(variables.get(name)));
    const [row] = await sql.unsafe(text, given, { prepare: names.length > 0 });
    if (prefix) for (const [name, value] of Object.entries(row!)) variables.set(prefix + name, value);
  };
};

const holds = (condition: string, variables: Variables): boolean =>
  condition.split(" and ").every((part) => {
    const [, name = "", operator, number] = /^:(\w+) (>|=) (\d+)$/.exec(part) ?? [];
    const value = Number(variables.get(name));
    return operator === ">" ? value > Number(number) : value === Number(number);
  });

const { url, script, variables, extent } = JSON.parse(process.argv[2]!) as {
  readonly url: string;
  readonly script: Script;
  readonly variables: Readonly<Record<string, number>>;
  readonly extent: Extent;
};
const lines = readFileSync(fileOf(script), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("--"));
const steps = lines.map((line) => ({ line, step: compile(line) }));

const runOnce = async (sql: postgres.Sql, own: Variables) => {
  let skipping = false;
  for (const { line, step } of steps)
    if (step === "endif") skipping = false;
    else if (step === "if") skipping = !holds(line.slice("\\if ".length), own);
    else if (!skipping) await step(sql, own);
};

// One client a connection: whoever sends a statement knows on which connection it runs.
const clients = Array.from({ length: connections }, () => postgres(url, { max: 1, onnotice: () => {} }));
await Promise.all(clients.map((sql) => sql`select`));
let transactions = 0;
const startedAt = performance.now();
const seconds = () => (performance.now() - startedAt) / 1_000;
await Promise.all(
  clients.map(async (sql) => {
    for (
      let own = 0;
      "seconds" in extent ? seconds() < extent.seconds : own < extent.transactionsEach;
      own++
    ) {
      await runOnce(sql, new Map(Object.entries(variables)));
      transactions++;
    }
  }),
);
const ran: Ran = { perSecond: transactions / seconds(), transactions };
console.log(JSON.stringify(ran));
await Promise.all(clients.map((sql) => sql.end()));
