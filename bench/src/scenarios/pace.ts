import { startApi, type Served } from "../api.ts";
import { offer, quantile, type Arrival } from "../arrivals.ts";
import type { Bench, Scenario } from "../bench.ts";
import { orderOf, overHttp, perOperation, productIdOf, startCpuClock } from "../contender.ts";
import { figureOf, medianOf, ratioOf, type Contender, type Sample } from "../figures.ts";
import { openClients, type Clients, type RequestOf } from "../load.ts";
import { owning } from "../owning.ts";
import type { Row, RowId } from "../row.ts";
import { requireAudit, type Stage } from "../stage.ts";

/*
 * Orders that come when they come (an open loop), at half of what the API can do and at three times
 * of it. What it can do is measured in between.
 */

/** In a storm everybody who waits holds a connection: the line in the API, and who is on the way. */
const connectionsInStorm = 9_000;
const connectionsAtHalf = 500;
const stormMs = 5_000;
const calmMs = 4_000;
/** The calm is looked at in slices of this length (ms). */
const sliceMs = 250;
/**
 * A slice is calm when nobody is refused and 95 of 100 orders take no longer than this (ms).
 */
const calmOrderMs = 50;
/** Normal again is what is calm for so many slices, a second: a slow moment later on is no storm. */
const calmSlices = 4;

const overload: readonly RowId[] = ["overload-goodput", "overload-refusals", "overload-recovery"];

export const pace: Scenario = {
  ids: ["latency", ...overload],
  run: (bench, tell) =>
    owning(async (own) => {
      const stage = await own(bench.ground.openStage("pace"));
      const api = await own(startApi(stage));
      if (bench.isWanted("latency")) tell(await atHalf(bench, stage, api));
      if (overload.some(bench.isWanted))
        for (const row of await inStorms(bench, stage, api)) tell(row);
      await requireAudit(stage);
    }),
};

const requestOf =
  (stage: Stage): RequestOf =>
  (n) =>
    orderOf(stage, n, productIdOf(n));

const closedLoop = (stage: Stage, served: Served, clients?: number): Contender =>
  overHttp({
    ...{ name: "closed loop", stage, served, requestOf: requestOf(stage) },
    ...(clients !== undefined && { clients }),
  });

const durationOf = ({ dueAt, answeredAt }: Arrival) => answeredAt - dueAt;

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

const atHalf = async ({ options, random }: Bench, stage: Stage, api: Served): Promise<Row> => {
  const peaks: Sample[] = [];
  while (peaks.length < 3) peaks.push(await closedLoop(stage, api).measure(options.windowMs));
  const perSecond = figureOf("peak", peaks).median / 2;
  const alone = await closedLoop(stage, api, 1).measure(options.windowMs);
  await stage.settled();

  const clients = await openClients(api.port, connectionsAtHalf);
  const phase = { perSecond, ms: options.rounds * options.windowMs };
  const arrivals = await offer(clients, [phase], requestOf(stage), random);
  clients.close();
  requireOutcomes(arrivals, ["OK"]);
  const durations = arrivals.map(durationOf);
  return {
    ...{ id: "latency", value: quantile(durations, 0.99), unit: "ms", toReach: { atMost: 50 } },
    details: {
      offered: `${perSecond.toFixed(0)}/s`,
      p50: ms(quantile(durations, 0.5)),
      "p99.9": ms(quantile(durations, 0.999)),
      "a lone shopper's": ms(1_000 / alone.perSecond),
    },
  };
};

interface Storm {
  /** Orders carried out a second while it lasted. */
  readonly sample: Sample;
  /** How long each refusal took (ms). */
  readonly refusals: readonly number[];
  /** How long it was felt afterwards (s). */
  readonly recovery: number;
}

/** Windows at the peak and storms take turns; after each storm comes half of the peak. */
const inStorms = async (bench: Bench, stage: Stage, api: Served): Promise<readonly Row[]> => {
  const peaks: Sample[] = [];
  const storms: Storm[] = [];
  const clients = await openClients(api.port, connectionsInStorm);
  while (storms.length < Math.min(3, bench.options.rounds)) {
    peaks.push(await closedLoop(stage, api).measure(bench.options.windowMs));
    await stage.settled();
    storms.push(await storm(bench, stage, api, clients, medianOf(peaks.map((each) => each.perSecond))));
    await stage.settled();
  }
  clients.close();
  const samples = storms.map(({ sample }) => sample);
  const figures = [figureOf("at three times the peak", samples), figureOf("at the peak", peaks)];
  const refusals = storms.flatMap((each) => each.refusals);
  const goodput = ratioOf(figures);
  return [
    { ...{ id: "overload-goodput", value: goodput, unit: "x", toReach: { atLeast: 0.85 }, figures } },
    {
      ...{ id: "overload-refusals", value: quantile(refusals, 0.99), unit: "ms", toReach: { atMost: 100 } },
      details: {
        refusals: String(refusals.length),
        ...{ p50: ms(quantile(refusals, 0.5)), longest: ms(quantile(refusals, 1)) },
      },
    },
    {
      ...{ id: "overload-recovery", unit: "s", toReach: { atMost: 2 } },
      value: Math.max(...storms.map(({ recovery }) => recovery)),
    },
  ];
};

const storm = async (
  { random }: Bench,
  stage: Stage,
  api: Served,
  clients: Clients,
  peak: number,
): Promise<Storm> => {
  const phases = [
    { perSecond: 3 * peak, ms: stormMs },
    { perSecond: peak / 2, ms: calmMs },
  ];
  const cpuUsed = startCpuClock(stage, api);
  const stormCpu = new Promise<ReturnType<typeof cpuUsed>>((resolve) =>
    setTimeout(() => resolve(cpuUsed()), stormMs),
  );
  const arrivals = await offer(clients, phases, requestOf(stage), random);
  requireOutcomes(arrivals, ["OK", "OVERLOADED"]);
  const served = arrivals.filter((each) => each.outcome === "OK" && each.answeredAt <= stormMs);
  return {
    sample: {
      perSecond: served.length / (stormMs / 1_000),
      cpu: perOperation(await stormCpu, served.length),
    },
    refusals: arrivals.filter(({ outcome }) => outcome === "OVERLOADED").map(durationOf),
    recovery: recoveryOf(arrivals) / 1_000,
  };
};

/** How long (ms) after the storm the first second began that was calm throughout. */
const recoveryOf = (arrivals: readonly Arrival[]): number => {
  const isCalm = (from: number) => {
    const slice = arrivals.filter(({ dueAt }) => dueAt >= from && dueAt < from + sliceMs);
    const refused = slice.some(({ outcome }) => outcome === "OVERLOADED");
    return !refused && quantile(slice.map(durationOf), 0.95) <= calmOrderMs;
  };
  let calm = 0;
  for (let from = 0; from < calmMs; from += sliceMs) {
    calm = isCalm(stormMs + from) ? calm + 1 : 0;
    if (calm === calmSlices) return from - (calm - 1) * sliceMs;
  }
  return calmMs;
};

const requireOutcomes = (arrivals: readonly Arrival[], known: readonly string[]): void => {
  const unexpected = arrivals.find(({ outcome }) => !known.includes(outcome));
  if (unexpected) throw new Error(`An order was answered ${unexpected.outcome}.`);
};
