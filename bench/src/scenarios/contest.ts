import { startApi, startBareServer, type Served } from "../api.ts";
import type { Bench, Scenario } from "../bench.ts";
import { byHand, chargeOf, orderOf, overHttp, productIdOf, spread } from "../contender.ts";
import { takeTurns, type Contender } from "../figures.ts";
import { post, query } from "../http-client.ts";
import type { RequestOf } from "../load.ts";
import { owning } from "../owning.ts";
import { ratioRow, type Bound, type RowId } from "../row.ts";
import { numberedId, productCount, requireAudit, shopperCount, type Stage } from "../stage.ts";

/* Who does more of the same in a second: us, us in groups of one, and whoever the row compares with. */

interface Contest {
  readonly id: RowId;
  readonly toReach: Bound;
  readonly aim?: number;
  /** Us first, the reference last. */
  readonly contenders: readonly Contender[];
}

const ids: readonly RowId[] = [
  ...(["orders-spread", "orders-hot", "charges-hot", "charges-spread"] as const),
  ...(["product-list", "product-detail", "popular", "handler", "empty-call", "refusals"] as const),
];

export const contest: Scenario = {
  ids,
  run: (bench, tell) =>
    owning(async (own) => {
      const stage = await own(bench.ground.openStage("contest"));
      const api = await own(startApi(stage));
      const alone = await own(startApi(stage, { GROUP_SIZE_MAX: "1", WORKER: "off" }));
      const official = await own(startApi(stage, { HTTP_EDGE: "official", WORKER: "off" }));
      const bare = await own(startBareServer());
      const contests = [
        ...writes(bench, stage, api, alone),
        ...reads(stage, api),
        ...edges(stage, { api, official, bare }),
        await refusals(stage, api),
      ];
      for (const { id, contenders, toReach, aim } of contests) {
        if (!bench.isWanted(id)) continue;
        const figures = await takeTurns(contenders, { ...bench.options, settled: stage.settled });
        await requireAudit(stage);
        tell(ratioRow(id, figures, toReach, aim));
      }
    }),
};

const clock: RequestOf = () => query("shop.clock");

const writes = (bench: Bench, stage: Stage, api: Served, alone: Served): Contest[] => {
  const all = (requestOf: RequestOf, ...reference: Parameters<typeof byHandOn>) => [
    overHttp({ name: "Stampede", stage, served: api, requestOf }),
    overHttp({ name: "groups of one", stage, served: alone, requestOf }),
    byHandOn(...reference),
  ];
  const byHandOn = (script: "order" | "charge", variables: Readonly<Record<string, number>>) =>
    byHand(stage, bench.handWritten, script, variables);
  return [
    {
      ...{ id: "orders-spread", toReach: { atLeast: 2 }, aim: 4 },
      contenders: all((n) => orderOf(stage, n, productIdOf(n)), "order", {
        ...{ users: shopperCount, products: productCount },
      }),
    },
    {
      ...{ id: "orders-hot", toReach: { atLeast: 8 }, aim: 20 },
      contenders: all((n) => orderOf(stage, n, numberedId(1)), "order", {
        ...{ users: shopperCount, products: 1 },
      }),
    },
    {
      ...{ id: "charges-hot", toReach: { atLeast: 8 } },
      contenders: all((n) => chargeOf(stage, n, 1), "charge", { users: 1 }),
    },
    {
      ...{ id: "charges-spread", toReach: { atLeast: 1.5 } },
      contenders: all((n) => chargeOf(stage, n, shopperCount), "charge", { users: shopperCount }),
    },
  ];
};

const emptyCall = (stage: Stage, api: Served) =>
  overHttp({ name: "an empty call", stage, served: api, requestOf: clock });

const reads = (stage: Stage, api: Served): Contest[] => {
  const against = (id: RowId, requestOf: RequestOf): Contest => ({
    ...{ id, toReach: { atLeast: 0.7 } },
    contenders: [
      overHttp({ name: "Stampede", stage, served: api, requestOf }),
      emptyCall(stage, api),
    ],
  });
  return [
    against("product-list", () => query("product.list")),
    against("product-detail", (n) => query("product.byId", { productId: productIdOf(n) })),
    against("popular", () => query("product.popular")),
  ];
};

const edges = (
  stage: Stage,
  { api, official, bare }: Readonly<Record<"api" | "official" | "bare", Served>>,
): Contest[] => {
  // The cheapest call that has a session to check.
  const balance: RequestOf = (n) =>
    query("wallet.balance", undefined, stage.tokens[spread(n, shopperCount)]!);
  return [
    {
      ...{ id: "handler", toReach: { atLeast: 4 } },
      contenders: [
        overHttp({ name: "the lean handler", stage, served: api, requestOf: balance }),
        overHttp({ name: "tRPC's own adapter", stage, served: official, requestOf: balance }),
      ],
    },
    {
      ...{ id: "empty-call", toReach: { atLeast: 0.6 } },
      contenders: [
        emptyCall(stage, api),
        overHttp({ name: "bare node:http", stage, served: bare, requestOf: clock }),
      ],
    },
  ];
};

/** Claims on a campaign that is sold out, each of another shopper with another key. */
const refusals = async (stage: Stage, api: Served): Promise<Contest> => {
  const { couponId } = await stage.openCampaign(1);
  const claimOf = (shopper: number, key: string) =>
    post("coupon.claim", stage.tokens[shopper]!, `{"couponId":"${couponId}","idempotencyKey":"${key}"}`);
  const first = overHttp({
    ...{ name: "the last coupon", stage, served: api, clients: 1 },
    requestOf: () => claimOf(0, "the-last-coupon"),
  });
  await first.measure(50);
  return {
    ...{ id: "refusals", toReach: { atLeast: 0.5 } },
    contenders: [
      overHttp({
        ...{ name: "refusals", stage, served: api, expected: "COUPON_SOLD_OUT" },
        requestOf: (n) => claimOf(1 + spread(n, shopperCount - 1), `refused-${n}`),
      }),
      emptyCall(stage, api),
    ],
  };
};
