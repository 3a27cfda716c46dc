import { runAudit } from "@stampede/db/audit";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chargeOf, naive, orderOf, overHttp, type Contender, type Sample } from "./contender.ts";
import { query } from "./http-client.ts";
import { measureRush } from "./rush.ts";
import { describeMachine, numberedId, openStage, productCount, shopperCount, startApi } from "./stage.ts";

/*
 * The figures of the README. Machines are noisy, so contenders take turns in short windows of one
 * run (A B C A B C ...), and what counts is the ratio of their medians; CPU an operation, which
 * noise hardly moves, stands beside. After each scenario the audit must pass, or nothing counts.
 */

const rounds = 5;
const windowMs = 2_000;

const root = fileURLToPath(new URL("../..", import.meta.url));
execFileSync(process.execPath, ["build.mjs"], { cwd: `${root}/apps/api`, stdio: "inherit" });

const stage = await openStage();
const port = 24_100;
const api = await startApi(stage.url, port);
const oneByOne = await startApi(stage.url, port + 1, { GROUP_SIZE_MAX: "1", WORKER: "off" });
const official = await startApi(stage.url, port + 2, { HTTP_EDGE: "official", WORKER: "off" });

/** One scenario: the first contender is us, the last the reference; `aim` is the ratio to reach. */
interface Scenario {
  readonly name: string;
  readonly aim: number;
  readonly contenders: readonly Contender[];
}

const product = (operation: number) => numberedId(1 + ((operation * 31) % productCount));
const shop = (name: string, requestOf: (operation: number) => string, expected?: string) =>
  overHttp(name, stage, api, requestOf, expected);
const alone = (requestOf: (operation: number) => string) =>
  overHttp("groups of one", stage, oneByOne, requestOf);

const spreadOrder = (operation: number) => orderOf(stage, operation, product(operation));
const hotOrder = (operation: number) => orderOf(stage, operation, numberedId(1));
const spreadCharge = (operation: number) => chargeOf(stage, operation, shopperCount);
const hotCharge = (operation: number) => chargeOf(stage, operation, 1);
const clock = () => query("shop.clock");
const empty = shop("an empty procedure", clock);

const scenarios: readonly Scenario[] = [
  {
    name: "orders, 1,000 products, 20,000 shoppers",
    aim: 2,
    contenders: [
      shop("Stampede", spreadOrder),
      alone(spreadOrder),
      naive(stage, "order", { users: shopperCount, products: productCount }),
    ],
  },
  {
    name: "orders, all for one hot product",
    aim: 8,
    contenders: [
      shop("Stampede", hotOrder),
      alone(hotOrder),
      naive(stage, "order", { users: shopperCount, products: 1 }),
    ],
  },
  {
    name: "charges, all on one wallet",
    aim: 8,
    contenders: [shop("Stampede", hotCharge), alone(hotCharge), naive(stage, "charge", { users: 1 })],
  },
  {
    name: "charges, on 20,000 wallets",
    aim: 1.5,
    contenders: [
      shop("Stampede", spreadCharge),
      alone(spreadCharge),
      naive(stage, "charge", { users: shopperCount }),
    ],
  },
  { name: "product list", aim: 0.7, contenders: [shop("Stampede", () => query("product.list")), empty] },
  {
    name: "product detail",
    aim: 0.7,
    contenders: [shop("Stampede", (n) => query("product.byId", { productId: product(n) })), empty],
  },
  { name: "popular products", aim: 0.7, contenders: [shop("Stampede", () => query("product.popular")), empty] },
  {
    name: "the lean handler against tRPC's own adapter",
    aim: 4,
    contenders: [
      shop("lean", (n) => query("wallet.balance", undefined, stage.tokens[n % shopperCount])),
      overHttp("tRPC's adapter", stage, official, (n) =>
        query("wallet.balance", undefined, stage.tokens[n % shopperCount]),
      ),
    ],
  },
];

interface Figure {
  readonly contender: string;
  readonly median: number;
  readonly best: number;
  readonly apiMicroseconds: number;
  readonly postgresMicroseconds: number;
}

interface Result {
  readonly name: string;
  readonly aim: number;
  readonly ratio: number;
  readonly figures: readonly Figure[];
}

const medianOf = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const figureOf = (contender: string, samples: readonly Sample[]): Figure => ({
  contender,
  median: medianOf(samples.map(({ perSecond }) => perSecond)),
  best: Math.max(...samples.map(({ perSecond }) => perSecond)),
  apiMicroseconds: medianOf(samples.map(({ apiMicroseconds }) => apiMicroseconds)),
  postgresMicroseconds: medianOf(samples.map(({ postgresMicroseconds }) => postgresMicroseconds)),
});

const measure = async ({ name, aim, contenders }: Scenario): Promise<Result> => {
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, contender] of contenders.entries())
      samples[index]!.push(await contender.measure(windowMs));
  await requireAudit(name);
  const figures = contenders.map((contender, index) => figureOf(contender.name, samples[index]!));
  return { name, aim, ratio: figures[0]!.median / figures.at(-1)!.median, figures };
};

const requireAudit = async (name: string) => {
  const { checks } = await runAudit(stage.url);
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length > 0) throw new Error(`After "${name}" the books are wrong: ${JSON.stringify(broken)}`);
};

const wanted = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);
const results: Result[] = [];
for (const scenario of scenarios) {
  if (wanted && !scenario.name.includes(wanted)) continue;
  const result = await measure(scenario);
  results.push(result);
  print(result);
}
if (!wanted || wanted === "rush") {
  const result = await measureRush(stage, api);
  await requireAudit(result.name);
  results.push(result);
  print(result);
}

function print({ name, aim, ratio, figures }: Result): void {
  console.log(`\n${name}: ${ratio.toFixed(2)} x (to reach: ${aim} x)${ratio < aim ? "  SHORT" : ""}`);
  for (const each of figures)
    console.log(
      `  ${each.contender.padEnd(28)} ${each.median.toFixed(0).padStart(7)}/s (best ${each.best.toFixed(0)})` +
        `   CPU µs an operation: API ${each.apiMicroseconds.toFixed(0)}, PostgreSQL ${each.postgresMicroseconds.toFixed(0)}`,
    );
}

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
const report = { date: new Date().toISOString(), machine: describeMachine(), commit, results };
mkdirSync(`${root}/bench/results`, { recursive: true });
writeFileSync(`${root}/bench/results/latest.json`, `${JSON.stringify(report, null, 2)}\n`);

await Promise.all([api.stop(), oneByOne.stop(), official.stop()]);
await stage.close();
const short = results.filter(({ ratio, aim }) => ratio < aim);
console.log(`\n${results.length - short.length} of ${results.length} rows reached (${report.machine}, ${commit}).`);
if (process.argv.includes("--check") && short.length > 0) process.exitCode = 1;
