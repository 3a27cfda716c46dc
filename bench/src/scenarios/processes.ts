import { startApi, type Served } from "../api.ts";
import type { Bench, Scenario } from "../bench.ts";
import { orderOf, overHttp, productIdOf } from "../contender.ts";
import { takeTurns } from "../figures.ts";
import type { RequestOf } from "../load.ts";
import { owning } from "../owning.ts";
import { familyOf } from "../process-stats.ts";
import { ratioRow } from "../row.ts";
import { numberedId, requireAudit, type Stage } from "../stage.ts";

/* Two API processes behind one port against one, on the same database. They share two cores with all else. */

export const processes: Scenario = {
  ids: ["two-processes-spread", "two-processes-hot"],
  run: (bench, tell) =>
    owning(async (own) => {
      const stage = await own(bench.ground.openStage("processes"));
      const two = await own(startApi(stage, { API_PROCESSES: "2" }));
      const one = await own(startApi(stage, { API_PROCESSES: "1", WORKER: "off" }));
      if (familyOf(two.pid).length < 2) throw new Error("API_PROCESSES=2 started no second process.");
      const spread = await compare(bench, stage, [two, one], (n) =>
        orderOf(stage, n, productIdOf(n)),
      );
      tell(ratioRow("two-processes-spread", spread, undefined));
      const hot = await compare(bench, stage, [two, one], (n) => orderOf(stage, n, numberedId(1)));
      tell(ratioRow("two-processes-hot", hot, undefined));
    }),
};

const compare = async (
  { options }: Bench,
  stage: Stage,
  [two, one]: readonly [Served, Served],
  requestOf: RequestOf,
) => {
  const contenders = [
    overHttp({ name: "two processes", stage, served: two, requestOf }),
    overHttp({ name: "one process", stage, served: one, requestOf }),
  ];
  const figures = await takeTurns(contenders, { ...options, settled: stage.settled });
  await requireAudit(stage);
  return figures;
};
