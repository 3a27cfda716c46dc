import { runAudit } from "@stampede/db/audit";
import { createTestDatabase } from "@stampede/db/testing/database";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { offer, quantile, seededRandom } from "../bench/src/arrivals.ts";
import { fill } from "../bench/src/fill.ts";
import { findHandWritten } from "../bench/src/hand-written.ts";
import { openClients } from "../bench/src/load.ts";
import { plotOf } from "../bench/src/plot.ts";
import type { Report, Row } from "../bench/src/row.ts";
import { isReached } from "../bench/src/row.ts";
import { openStageOn, seedShop } from "../bench/src/stage.ts";
import { withReport } from "../bench/src/table.ts";

const shoppers = 200;
/** Seeding a thousand products and each of 32 connections take seconds on a busy machine. */
const slowMsMax = 90_000;

const openBenchShop = async () => {
  const database = await createTestDatabase();
  const tokens = await seedShop(database.url, shoppers);
  const stage = openStageOn({ name: "test", url: database.url, postmasterPid: 0, tokens });
  return {
    ...stage,
    async [Symbol.asyncDispose]() {
      await stage.close();
      await database[Symbol.asyncDispose]();
    },
  };
};

const count = async ({ sql }: { readonly sql: Awaited<ReturnType<typeof openBenchShop>>["sql"] }, table: string) => {
  const [row] = await sql`select count(*)::int as rows from ${sql(table)}`;
  return row!["rows"] as number;
};

describe.each([
  ["where pgbench is installed", true],
  ["everywhere", false],
])("the hand-written SQL that we compare with, as it is run %s", (_where, wantPgbench) => {
  test("does all of its work, one transaction each, and keeps the books", async () => {
    await using shop = await openBenchShop();
    const handWritten = findHandWritten(wantPgbench);
    const each = { transactionsEach: 3 };
    const { number } = await shop.openCampaign(7);
    const orders = await handWritten.run(shop.url, "order", { users: shoppers, products: 50 }, each);
    const charges = await handWritten.run(shop.url, "charge", { users: shoppers }, each);
    const claims = await handWritten.run(shop.url, "claim", { users: shoppers, campaign: number }, each);

    // 32 connections, three transactions on each.
    expect([orders, charges, claims].map((ran) => ran.transactions)).toEqual([96, 96, 96]);
    expect(await count(shop, "orders")).toBe(96);
    expect(await count(shop, "outbox")).toBe(2 * 96);
    expect(await count(shop, "issued_coupons")).toBe(7);
    expect(await runAudit(shop.url)).toMatchObject({ ok: true });
  }, slowMsMax);
});

test("a shop filled with a month of trade has clean books and the same indexes as before", async () => {
  await using shop = await openBenchShop();
  const indexes = () => shop.sql`select indexdef from pg_indexes where schemaname = 'public' order by 1`;
  const constraints = () => shop.sql`select conname from pg_constraint order by 1`;
  const before = [await indexes(), await constraints()];
  await fill(shop, 2_000, 100);
  expect([await indexes(), await constraints()]).toEqual(before);
  expect(await count(shop, "orders")).toBe(2_000);
  // And the first charge of each shopper.
  expect(await count(shop, "point_log")).toBe(3 * 2_000 + shoppers);
  expect(await runAudit(shop.url)).toMatchObject({ ok: true });
}, slowMsMax);

test("a request's time counts from when it was due, also while every connection is taken", async () => {
  const server = createServer((request, response) => {
    setTimeout(() => response.end("{}"), request.url === "/slow" ? 50 : 0);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const clients = await openClients((server.address() as AddressInfo).port, 1);
  // Twice as many as one connection can have answered.
  const phases = [{ perSecond: 40, ms: 1_000 }];
  const arrivals = await offer(clients, phases, () => "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", seededRandom(1));
  clients.close();
  server.close();
  expect(arrivals.length).toBeGreaterThan(30);
  // Each by itself took 50 ms; the last ones were due long before they could be sent.
  expect(quantile(arrivals.map(({ dueAt, answeredAt }) => answeredAt - dueAt), 0.9)).toBeGreaterThan(400);
});

const figure = (name: string, median: number) => ({
  ...{ name, median, best: median, samples: [] },
  cpu: { api: 100.4, postgres: 50, generator: 20 },
});
const row: Row = {
  ...{ id: "orders-spread", value: 4, unit: "x", toReach: { atLeast: 2 } },
  figures: [figure("Stampede", 4_000), figure("hand-written <SQL>", 1_000)],
};
const report: Report = {
  ...{ date: "2026-11-22T12:00:00.000Z", commit: "abc1234", machine: "2 cores", postgres: "18.1" },
  ...{ seed: 7, quick: false, minutes: 20, rows: [row, { id: "latency", value: 51, unit: "ms", toReach: { atMost: 50 } }] },
};

test("a row is reached when its figure is on the right side of the limit", () => {
  expect(report.rows.map(isReached)).toEqual([true, false]);
  expect(isReached({ ...row, value: 1.99 })).toBe(false);
  expect(isReached({ id: "latency", value: 50, unit: "ms", toReach: { atMost: 50 } })).toBe(true);
});

test("a report is written between the markers of a document, and nowhere else", () => {
  const markers = ["<!-- bench: written by `npm run bench -- --publish` -->", "<!-- /bench -->"];
  const document = `before\n${markers[0]}\nold\n${markers[1]}\nafter`;
  const written = withReport(document, report, "en");
  expect(written).toMatch(/^before\n<!-- bench/);
  expect(written).toMatch(/<!-- \/bench -->\nafter$/);
  expect(written).not.toContain("old");
  expect(written).toContain(
    "| orders, 1,000 products, 20,000 shoppers | 4,000/s | 1,000/s hand-written <SQL> | 4.00 × | ≥ 2 × | 100 + 50 + 20 |",
  );
  expect(written).toContain("| **51 ms** | ≤ 50 ms |");
  expect(withReport(written, report, "en")).toBe(written);
  expect(() => withReport("no markers", report, "en")).toThrow("has no block");
});

test("the picture has a bar for each contender and is well-formed", () => {
  const picture = plotOf(report);
  expect(picture.match(/<rect class="(ours|theirs|single)"/g)).toHaveLength(2);
  expect(picture).toContain("hand-written &lt;SQL>");
  const open = picture.match(/<(svg|text|style)\b/g)?.length;
  expect(picture.match(/<\/(svg|text|style)>/g)?.length).toBe(open);
});
