/*
 * In one turn of its event loop Node hears every socket that has something to say. When thousands say
 * it at once a turn lasts seconds, and the answers of PostgreSQL, which take four turns a group, come
 * after the deadline of their transaction: in a rush of 10,000 nothing was ever committed. So only a
 * few requests begin in a turn, and the others stand in line in the order they came.
 */

export interface Turnstile {
  /** Runs `begin` now or, when enough have begun in this turn, in its place in the line. */
  pass(begin: () => void): void;
  /** How many stand in line. */
  waiting(): number;
}

/** @param perTurn requests that begin in one turn of the event loop */
export const createTurnstile = (perTurn: number): Turnstile => {
  let line: (() => void)[] = [];
  let begun = 0;
  let scheduled = false;

  const nextTurn = () => {
    scheduled = false;
    const now = line.slice(0, perTurn);
    line = line.slice(perTurn);
    begun = now.length;
    if (begun > 0) schedule();
    for (const begin of now) begin();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(nextTurn);
  };

  return {
    pass(begin) {
      schedule();
      if (line.length > 0 || begun >= perTurn) {
        line.push(begin);
        return;
      }
      begun++;
      begin();
    },
    waiting: () => line.length,
  };
};
