import { startApi } from "../api.ts";
import type { Scenario } from "../bench.ts";
import { chargeOf, orderOf, productIdOf, spread } from "../contender.ts";
import { medianOf } from "../figures.ts";
import { query } from "../http-client.ts";
import { keepBusy, openClients, type RequestOf } from "../load.ts";
import { owning } from "../owning.ts";
import { memoryOf } from "../process-stats.ts";
import { requireAudit, shopperCount, type Stage } from "../stage.ts";

/* A shop's day in minutes: everybody reads, some buy, and memory must not grow. */

const shoppersAtOnce = 64;
/** Memory is looked at this often (ms). */
const lookMs = 250;
/**
 * "No growth" with what V8 does by itself: its heap breathes by some megabytes from one collection to
 * the next, and a leak of 10 bytes an operation would add as much within the ten minutes.
 */
const growthMax = 1.05;

export const soak: Scenario = {
  ids: ["memory-growth"],
  run: ({ ground, options }, tell) =>
    owning(async (own) => {
      const stage = await own(ground.openStage("soak"));
      const api = await own(startApi(stage));
      const clients = await openClients(api.port, shoppersAtOnce);
      const looks: number[] = [];
      const watch = setInterval(() => looks.push(memoryOf(api.pid)), lookMs);
      const { tally, seconds } = await keepBusy(clients, options.soakMs, mixed(stage));
      clearInterval(watch);
      clients.close();
      const { OK = 0, OVERLOADED: _, ...unexpected } = tally;
      if (OK === 0 || Object.keys(unexpected).length > 0)
        throw new Error(`The mixed load was answered ${JSON.stringify(tally)}.`);
      await stage.settled();
      await requireAudit(stage);

      // The first tenth warms up: code is compiled, buffers are made.
      const tenth = (index: number) =>
        medianOf(looks.slice((looks.length * index) / 10, (looks.length * (index + 1)) / 10));
      tell({
        ...{ id: "memory-growth", value: tenth(9) / tenth(1), unit: "x", toReach: { atMost: growthMax } },
        details: {
          load: `${(OK / seconds).toFixed(0)}/s for ${(seconds / 60).toFixed(1)} min`,
          ...{ from: `${tenth(1).toFixed(0)} MB`, to: `${tenth(9).toFixed(0)} MB` },
          most: `${Math.max(...looks).toFixed(0)} MB`,
        },
      });
    }),
};

/** Of ten calls: three orders, a charge, and a look at each kind of page. */
const mixed = (stage: Stage): RequestOf => {
  const mine = (path: string) => (n: number) =>
    query(path, undefined, stage.tokens[spread(n, shopperCount)]!);
  const order = (n: number) => orderOf(stage, n, productIdOf(n));
  const calls: readonly RequestOf[] = [
    ...[order, order, order],
    (n) => chargeOf(stage, n, shopperCount),
    () => query("product.list"),
    (n) => query("product.byId", { productId: productIdOf(n) }),
    () => query("product.popular"),
    ...["wallet.balance", "wallet.history", "order.list"].map(mine),
  ];
  return (n) => calls[n % calls.length]!(n);
};
