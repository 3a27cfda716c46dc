/** Runs what is asked for under one key one after the other. */
export interface Lines {
  <T>(key: string, run: () => Promise<T>): Promise<T>;
}

/**
 * Who waits longer than `waitMsMax` for those before is let through: a line is a courtesy, and one
 * that hangs must not hold everybody behind it.
 */
export const createLines = (waitMsMax: number): Lines => {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const before = tails.get(key);
    const mine = (before ? settledWithin(before, waitMsMax) : Promise.resolve()).then(run);
    const tail = mine.then(
      () => {},
      () => {},
    );
    tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
};

const settledWithin = (promise: Promise<unknown>, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
