/*
 * The one idea behind the shop's speed: while one batch is on its way, those who arrive wait
 * together, and the next batch takes them all. Nobody waits for a timer unless a batch hangs; a batch
 * of one is the plain case. Commands share transactions this way, and reads share queries: each
 * caller's query begins after the caller came, so what is shared is never stale.
 */

export interface BatcherOptions<Item, Answer> {
  /** Batches under way at once. */
  readonly lanes: number;
  /**
   * Another batch sets out beside one that is under way when that one takes longer than this (ms); at
   * once unless said otherwise.
   */
  readonly besideAfterMs?: number;
  /** Items one batch takes at most. */
  readonly sizeMax: number;
  /** Items that may wait; more are refused at once. */
  readonly waitingMax: number;
  /** Items were taken from those that wait. */
  readonly onTaken?: () => void;
  /** Answers every item of the batch, in order; a rejection fails all of them. */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>;
}

/** More wait already than may. Nothing was done. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
}

export interface Batcher<Item, Answer> {
  submit(item: Item): Promise<Answer>;
  waiting(): number;
  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void>;
}

interface Waiter<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export const createBatcher = <Item, Answer>(
  options: BatcherOptions<Item, Answer>,
): Batcher<Item, Answer> => {
  let queue: Waiter<Item, Answer>[] = [];
  let busy = 0;
  let lastSetOutAt = -Infinity;
  let impatience: NodeJS.Timeout | undefined;
  let idlers: (() => void)[] = [];

  const runBatch = async (batch: readonly Waiter<Item, Answer>[]) => {
    try {
      const answers = await options.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(answers[index]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  const runLane = async () => {
    busy++;
    lastSetOutAt = performance.now();
    // One turn of the event loop: requests that came in the same packet ride together.
    await new Promise(setImmediate);
    while (queue.length > 0) {
      const batch = queue.slice(0, options.sizeMax);
      queue = queue.slice(options.sizeMax);
      lastSetOutAt = performance.now();
      options.onTaken?.();
      await runBatch(batch);
    }
    busy--;
    if (busy > 0) return;
    for (const idle of idlers) idle();
    idlers = [];
  };

  /** A lane for those who wait: at once when nothing is under way, beside a batch only when that takes long. */
  const beginLane = () => {
    if (busy >= options.lanes) return;
    const patienceMs = lastSetOutAt + (options.besideAfterMs ?? 0) - performance.now();
    if (busy === 0 || patienceMs <= 0) void runLane();
    else
      impatience ??= setTimeout(() => {
        impatience = undefined;
        if (queue.length > 0) beginLane();
      }, patienceMs);
  };

  return {
    submit(item) {
      if (queue.length >= options.waitingMax) return Promise.reject(new QueueFull());
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        beginLane();
      });
    },
    waiting: () => queue.length,
    async drained() {
      if (busy > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    },
  };
};
