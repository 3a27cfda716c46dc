import { refusalOf } from "./client.ts";

/** How one of many ended; nothing that can happen to a request is left out. */
export type Outcome<Value> =
  | { readonly ending: "OK"; readonly value: Value }
  /** The shop's own `data.reason`, or how the request was lost. */
  | { readonly ending: string; readonly error: unknown };

/**
 * Everyone waits at the start line, then all go at once. Collects how each ended, in the order of
 * the runners, when the last has.
 */
export async function race<Runner, Value>(
  runners: Iterable<Runner>,
  run: (runner: Runner, index: number) => Promise<Value>,
): Promise<Outcome<Value>[]> {
  let go = () => {};
  const started = new Promise<void>((resolve) => (go = resolve));
  const ended = [...runners].map(async (runner, index): Promise<Outcome<Value>> => {
    await started;
    try {
      return { ending: "OK", value: await run(runner, index) };
    } catch (error) {
      return { ending: refusalOf(error)?.reason ?? `lost: ${String(error)}`, error };
    }
  });
  go();
  return Promise.all(ended);
}

/** How many ended how: `{ OK: 100, COUPON_SOLD_OUT: 900 }`. */
export function tally(outcomes: readonly Outcome<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { ending } of outcomes) counts[ending] = (counts[ending] ?? 0) + 1;
  return counts;
}

/** What those who succeeded were answered. */
export function answers<Value>(outcomes: readonly Outcome<Value>[]): Value[] {
  return outcomes.flatMap((outcome) => ("value" in outcome ? [outcome.value] : []));
}

/** The numbers from 0, as runners without a face. */
export function runners(count: number): number[] {
  return Array.from({ length: count }, (_none, index) => index);
}
