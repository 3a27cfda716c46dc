import { openHttpClient, type Answer, type HttpClient } from "./http-client.ts";

export interface Load {
  /** Answers by what they were: `OK`, or a refusal's reason. */
  readonly tally: Readonly<Record<string, number>>;
  readonly operations: number;
  readonly seconds: number;
  /** Durations of all operations, in ms, ascending. */
  readonly latenciesMs: readonly number[];
}

export const outcomeOf = ({ status, body }: Answer): string =>
  status === 200 ? "OK" : (/"reason":"(\w+)"/.exec(body)?.[1] ?? `HTTP ${status}`);

/** Keeps all clients busy for so many milliseconds: each sends, waits, sends again. */
export const keepBusy = async (
  clients: readonly HttpClient[],
  ms: number,
  requestOf: (operation: number) => string,
): Promise<Load> => {
  const tally: Record<string, number> = {};
  const latenciesMs: number[] = [];
  let operation = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + ms;
  await Promise.all(
    clients.map(async (client) => {
      for (let now = performance.now(); now < endsAt; now = performance.now()) {
        const outcome = outcomeOf(await client.send(requestOf(operation++)));
        tally[outcome] = (tally[outcome] ?? 0) + 1;
        latenciesMs.push(performance.now() - now);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  latenciesMs.sort((a, b) => a - b);
  return { tally, operations: latenciesMs.length, seconds, latenciesMs };
};

export const openClients = (port: number, count: number): Promise<HttpClient[]> =>
  Promise.all(Array.from({ length: count }, () => openHttpClient(port)));
