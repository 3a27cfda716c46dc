import type { HttpClient } from "./http-client.ts";
import { outcomeOf, type Clients, type RequestOf } from "./load.ts";

/** One answered request of an open loop. */
export interface Arrival {
  /** When (ms since the start) it was due, and when it was answered. */
  readonly dueAt: number;
  readonly answeredAt: number;
  readonly outcome: string;
}

/** Offers so many requests a second for so many ms. */
export interface Phase {
  readonly perSecond: number;
  readonly ms: number;
}

/**
 * Open loop: requests come when they come, like people, whether the ones before them were answered
 * or not. Gaps are exponential (a Poisson process) from the given random numbers. A request's time
 * counts from when it was due, also when all connections were taken or this process was late: the
 * slow moments are not left out of the statistics (coordinated omission). Resolves when the last is
 * answered.
 */
export const offer = (
  clients: Clients,
  phases: readonly Phase[],
  requestOf: RequestOf,
  random: () => number,
): Promise<readonly Arrival[]> => {
  const dueTimes = dueTimesOf(phases, random);
  // Numbers side by side: a hundred thousand objects would be collected while the API is measured.
  const answeredAt = new Float64Array(dueTimes.length);
  const outcomes = Array.from<string>({ length: dueTimes.length }).fill("");
  let answered = 0;
  const free: HttpClient[] = [...clients.all];
  const startedAt = performance.now();
  let next = 0;
  const arrivals = () =>
    outcomes.map((outcome, index) => ({ dueAt: dueTimes[index]!, answeredAt: answeredAt[index]!, outcome }));
  const done = new Promise<readonly Arrival[]>((resolve) => {
    const sendDue = () => {
      const now = performance.now() - startedAt;
      while (next < dueTimes.length && dueTimes[next]! <= now) {
        const client = free.pop();
        if (!client) return;
        const operation = next++;
        client.send(requestOf(operation), (status, body) => {
          answeredAt[operation] = performance.now() - startedAt;
          outcomes[operation] = outcomeOf(status, body);
          free.push(client);
          if (++answered === dueTimes.length) resolve(arrivals());
        });
      }
    };
    const tick = () => {
      sendDue();
      if (next < dueTimes.length) setTimeout(tick, 1);
    };
    tick();
  });
  return Promise.race([done, clients.broken]);
};

/** When each request is due, in ms from the start, ascending. */
const dueTimesOf = (phases: readonly Phase[], random: () => number): Float64Array => {
  const times: number[] = [];
  let start = 0;
  for (const { perSecond, ms } of phases) {
    const meanGap = 1_000 / perSecond;
    for (let at = start + gap(meanGap, random); at < start + ms; at += gap(meanGap, random)) times.push(at);
    start += ms;
  }
  return Float64Array.from(times);
};

const gap = (mean: number, random: () => number) => -Math.log(1 - random()) * mean;

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export const seededRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

/** The value below which `share` (0 to 1) of the values lie; 0 of none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
};
