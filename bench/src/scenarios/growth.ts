import { startApi, type Served } from "../api.ts";
import type { Bench, Scenario } from "../bench.ts";
import { orderOf, overHttp, productIdOf, spread } from "../contender.ts";
import { ratioOf, takeTurns, type Sample } from "../figures.ts";
import { fill } from "../fill.ts";
import { query } from "../http-client.ts";
import type { RequestOf } from "../load.ts";
import { owning } from "../owning.ts";
import type { Bound, Row, RowId } from "../row.ts";
import { requireAudit, type Stage } from "../stage.ts";

/*
 * The same work in a shop that has traded for a month and in one that has just opened, side by side.
 * In the young one a few hundred shoppers have a history, so that there are pages to compare.
 */

const ordersEach = 50;
/** The same people read in both shops, so that only the size of the tables differs. */
const readers = 200;

/** Readers at once: few, so that queries are not shared by hundreds and what each costs shows. */
const readersAtOnce = 8;

interface Shop {
  readonly stage: Stage;
  readonly api: Served;
}

interface Task {
  readonly id: RowId;
  readonly toReach: Bound;
  readonly clients?: number;
  readonly requestOf: (shop: Shop) => RequestOf;
}

const pageOf =
  (path: string) =>
  ({ stage }: Shop): RequestOf =>
  (n) =>
    query(path, undefined, stage.tokens[spread(n, readers)]!);

const tasks: readonly Task[] = [
  {
    ...{ id: "grown-order", toReach: { atMost: 1.15 } },
    requestOf:
      ({ stage }) =>
      (n) =>
        orderOf(stage, n, productIdOf(n)),
  },
  {
    ...{ id: "grown-popular", toReach: { atMost: 1.1 }, clients: readersAtOnce },
    requestOf: () => () => query("product.popular"),
  },
  {
    ...{ id: "grown-history", toReach: { atMost: 1.2 }, clients: readersAtOnce },
    requestOf: pageOf("wallet.history"),
  },
  {
    ...{ id: "grown-orders", toReach: { atMost: 1.2 }, clients: readersAtOnce },
    requestOf: pageOf("order.list"),
  },
];

export const growth: Scenario = {
  ids: tasks.map(({ id }) => id),
  run: (bench, tell) =>
    owning(async (own) => {
      const { ground, options } = bench;
      const young = await own(ground.openStage("young"));
      const old = await own(ground.openStage("old"));
      await fill(young, ordersEach * readers, readers);
      await fill(old, options.grownOrders, options.grownOrders / ordersEach);
      const shops = [
        { stage: old, api: await own(startApi(old)) },
        { stage: young, api: await own(startApi(young)) },
      ];
      for (const task of tasks) if (bench.isWanted(task.id)) tell(await compare(bench, task, shops));
      await requireAudit(young);
      await requireAudit(old);
    }),
};

const compare = async (bench: Bench, task: Task, shops: readonly Shop[]): Promise<Row> => {
  const names = [`${bench.options.grownOrders.toLocaleString("en")} orders`, "hardly any orders"];
  const contenders = shops.map((shop, index) =>
    overHttp({
      ...{ name: names[index]!, stage: shop.stage, served: shop.api },
      requestOf: task.requestOf(shop),
      ...(task.clients !== undefined && { clients: task.clients }),
    }),
  );
  const settled = async () => {
    for (const { stage } of shops) await stage.settled();
  };
  await settled();
  // Autovacuum comes to one database after the other; where it has just been, a ranking would be cheaper.
  for (const { stage } of shops) await stage.sql`vacuum outbox, product_popularity`;
  // Long enough for every shopper to have ordered once: what they touch is in memory, as by day.
  const warmUpMs = 5 * bench.options.windowMs;
  const figures = await takeTurns(contenders, { ...bench.options, warmUpMs, settled });
  const cpuOf = ({ cpu }: Sample) => cpu.api + cpu.postgres;
  return {
    ...{ id: task.id, unit: "x", toReach: task.toReach, figures },
    value: ratioOf(figures, cpuOf),
    details: { "by time": ratioOf(figures, ({ perSecond }) => 1 / perSecond).toFixed(2) },
  };
};
