import { startApi, type Served } from "../api.ts";
import type { Bench, Scenario } from "../bench.ts";
import { perOperation, startCpuClock } from "../contender.ts";
import { takeTurns, type Contender } from "../figures.ts";
import type { HandWritten } from "../hand-written.ts";
import { connections } from "../hand-written.ts";
import type { HttpClient } from "../http-client.ts";
import { mutation } from "../http-client.ts";
import { openClients, outcomeOf, type Clients } from "../load.ts";
import { owning } from "../owning.ts";
import { memoryOf, memoryPeakOf } from "../process-stats.ts";
import { ratioRow } from "../row.ts";
import { requireAudit, type Stage } from "../stage.ts";

/* Ten thousand shoppers at once, a thousand coupons, each asks until there is a definitive answer. */

const people = 10_000;
const coupons = 1_000;
/** Whoever is told to come again does so after about this time (ms): what `Retry-After` says. */
const comeAgainMs = 1_000;
/** Nobody stays longer (ms); a rush that is not over by then never will be. */
const patienceMs = 60_000;
/** The rush by hand is so many times smaller. */
const byHandShare = 20;

export const rush: Scenario = {
  ids: ["rush", "rush-memory"],
  run: (bench, tell) =>
    owning(async (own) => {
      const stage = await own(bench.ground.openStage("rush"));
      const api = await own(startApi(stage));
      const memoryBefore = memoryOf(api.pid);
      const contenders = [overHttp(bench, stage, api), byHand(stage, bench.handWritten)];
      const rounds = Math.min(3, bench.options.rounds);
      const figures = await takeTurns(contenders, {
        ...{ rounds, windowMs: 0, settled: stage.settled },
      });
      await requireAudit(stage);
      tell(ratioRow("rush", figures, { atLeast: 3 }));
      tell({
        ...{ id: "rush-memory", value: memoryPeakOf(api.pid), unit: "MB", toReach: { atMost: 350 } },
        details: { before: `${memoryBefore.toFixed(0)} MB` },
      });
    }),
};

/** A rush of people, each on a connection of its own; its rate is definitive answers a second. */
const overHttp = ({ random }: Bench, stage: Stage, api: Served): Contender => ({
  name: "Stampede",
  async measure() {
    const { couponId } = await stage.openCampaign(coupons);
    const clients = await openClients(api.port, people);
    const cpuUsed = startCpuClock(stage, api);
    const startedAt = performance.now();
    const requestOf = (person: number) =>
      mutation("coupon.claim", stage.tokens[person]!, { couponId, idempotencyKey: `rush-${couponId}` });
    const tally = await untilAnswered(clients, requestOf, () => comeAgainMs * (0.5 + random()));
    const seconds = (performance.now() - startedAt) / 1_000;
    const used = cpuUsed();
    clients.close();
    const { OVERLOADED: _, ...definitive } = tally;
    if (definitive["OK"] !== coupons || definitive["COUPON_SOLD_OUT"] !== people - coupons)
      throw new Error(`The rush was answered ${JSON.stringify(tally)}.`);
    return { perSecond: people / seconds, cpu: perOperation(used, people) };
  },
});

const untilAnswered = (
  { all, broken }: Clients,
  requestOf: (person: number) => string,
  pauseMs: () => number,
): Promise<Readonly<Record<string, number>>> => {
  const tally: Record<string, number> = {};
  let unanswered = all.length;
  const done = new Promise<typeof tally>((resolve, reject) => {
    const giveUp = setTimeout(() => {
      const told = JSON.stringify(tally);
      reject(new Error(`${unanswered} of ${all.length} shoppers had no definitive answer in 60 s: ${told}.`));
    }, patienceMs);
    const ask = (client: HttpClient, request: string) =>
      client.send(request, (status, body) => {
        const outcome = outcomeOf(status, body);
        tally[outcome] = (tally[outcome] ?? 0) + 1;
        if (outcome === "OVERLOADED") setTimeout(ask, pauseMs(), client, request);
        else if (--unanswered === 0) {
          clearTimeout(giveUp);
          resolve(tally);
        }
      });
    for (const [person, client] of all.entries()) ask(client, requestOf(person));
  });
  return Promise.race([done, broken]);
};

/**
 * By hand with the same share of coupons, at a twentieth of the size, which leaves its rate as it is:
 * every transaction waits for the same row. The whole would take a minute.
 */
const byHand = (stage: Stage, handWritten: HandWritten): Contender => ({
  name: handWritten.name,
  async measure() {
    const { number } = await stage.openCampaign(coupons / byHandShare);
    const cpuUsed = startCpuClock(stage);
    const { perSecond, transactions } = await handWritten.run(
      stage.url,
      "claim",
      { users: people, campaign: number },
      { transactionsEach: Math.ceil(people / byHandShare / connections) },
    );
    return { perSecond, cpu: perOperation(cpuUsed(), transactions) };
  },
});
