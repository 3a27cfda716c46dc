import { naive } from "./contender.ts";
import { mutation } from "./http-client.ts";
import { openClients, outcomeOf } from "./load.ts";
import type { Api, Stage } from "./stage.ts";

const people = 10_000;
const coupons = 1_000;
/** Each connection stands for ten people in a row: a thousand sockets, ten thousand shoppers. */
const connections = 1_000;

/**
 * The coupon rush: ten thousand shoppers at once, a thousand coupons, each asks until there is a
 * definitive answer. Exactly a thousand must get one, and everybody must hear an answer.
 */
export const measureRush = async (stage: Stage, api: Api) => {
  const rates: number[] = [];
  const naiveRates: number[] = [];
  for (let round = 0; round < 3; round++) {
    rates.push(await rush(stage, api));
    const { number } = await stage.openCampaign(coupons);
    const sample = await naive(stage, "claim", { users: people, campaign: number }).measure(4_000);
    naiveRates.push(sample.perSecond);
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[1]!;
  const figure = (contender: string, values: number[]) => ({
    contender,
    median: median(values),
    best: Math.max(...values),
    apiMicroseconds: 0,
    postgresMicroseconds: 0,
  });
  const figures = [figure("Stampede", rates), figure("hand-written SQL (pgbench)", naiveRates)];
  const name = `coupon rush: ${people} shoppers at once, ${coupons} coupons`;
  return { name, aim: 3, ratio: figures[0]!.median / figures[1]!.median, figures };
};

/** One rush; answers people served with a definitive answer a second. */
const rush = async (stage: Stage, api: Api): Promise<number> => {
  const { couponId } = await stage.openCampaign(coupons);
  const clients = await openClients(api.port, connections);
  const tally: Record<string, number> = {};
  let person = 0;
  const startedAt = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let mine = person++; mine < people; mine = person++) {
        const request = mutation("coupon.claim", stage.tokens[mine]!, { couponId, idempotencyKey: `rush-${couponId}` });
        let outcome = outcomeOf(await client.send(request));
        while (outcome === "OVERLOADED") outcome = outcomeOf(await client.send(request));
        tally[outcome] = (tally[outcome] ?? 0) + 1;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const client of clients) client.close();
  if (tally["OK"] !== coupons || tally["COUPON_SOLD_OUT"] !== people - coupons)
    throw new Error(`The rush was answered ${JSON.stringify(tally)}.`);
  return people / seconds;
};
