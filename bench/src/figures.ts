/** CPU time of one operation, in µs; 0 where there is no such process. */
export interface Cpu {
  readonly api: number;
  readonly postgres: number;
  /** The load generator's, or that of the program that runs the hand-written SQL. */
  readonly generator: number;
}

/** One window of one contender. */
export interface Sample {
  readonly perSecond: number;
  readonly cpu: Cpu;
}

/** Somebody who does a scenario's work for some milliseconds. */
export interface Contender {
  readonly name: string;
  measure(ms: number): Promise<Sample>;
}

/** All windows of one contender. */
export interface Figure {
  readonly name: string;
  readonly median: number;
  readonly best: number;
  readonly cpu: Cpu;
  readonly samples: readonly Sample[];
}

export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export const figureOf = (name: string, samples: readonly Sample[]): Figure => {
  const rates = samples.map(({ perSecond }) => perSecond);
  const cpu = (of: keyof Cpu) => medianOf(samples.map((sample) => sample.cpu[of]));
  return {
    name,
    median: medianOf(rates),
    best: Math.max(...rates),
    cpu: { api: cpu("api"), postgres: cpu("postgres"), generator: cpu("generator") },
    samples,
  };
};

/**
 * The first contender against the last: each round by itself, for in it both had the same machine, and the median of
 * those. A machine that does twice as much in one round as in the next moves the medians of the two apart by chance.
 */
export const ratioOf = (
  figures: readonly Figure[],
  of: (sample: Sample) => number = ({ perSecond }) => perSecond,
): number => {
  const [first, last] = [figures[0]!.samples, figures.at(-1)!.samples];
  return medianOf(first.map((sample, round) => of(sample) / of(last[round]!)));
};

export interface Turns {
  readonly rounds: number;
  readonly windowMs: number;
  /** The first turn of each does not count: code is compiled and caches fill. A window unless given. */
  readonly warmUpMs?: number;
  /** Before each window: what the one before has left to do is done. */
  readonly settled: () => Promise<void>;
}

/**
 * Contenders take turns in short windows (A B C A B C ...): a machine that is slow for a minute is
 * slow for all of them.
 */
export const takeTurns = async (
  contenders: readonly Contender[],
  { rounds, windowMs, warmUpMs = windowMs, settled }: Turns,
): Promise<readonly Figure[]> => {
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round <= rounds; round++)
    for (const [index, contender] of contenders.entries()) {
      await settled();
      const sample = await contender.measure(round === 0 ? warmUpMs : windowMs);
      if (round > 0) samples[index]!.push(sample);
    }
  return contenders.map(({ name }, index) => figureOf(name, samples[index]!));
};
