/*
 * In one turn of its event loop Node hears every socket that has something to say. When thousands say
 * it at once a turn lasts seconds, and the answers of PostgreSQL, which take four turns a group, come
 * after the deadline of their transaction: in a rush of 10,000 nothing was ever committed. So only a
 * few requests begin in a turn, and the others stand in line in the order they came.
 *
 * When more wait than may, newcomers are turned away, a few dozen together: each answer wakes whoever has
 * asked, and where that is this very machine, a load balancer say, one that is still busy with the answer
 * before needs no waking (58 to 43 µs a refusal, 1,000 connections).
 */

/** So many are told together; fewer at the end of a turn. All of a turn together wait 10 ms longer in a storm. */
const toldTogether = 32;

export interface TurnstileOptions {
  /** Requests that begin in one turn of the event loop. */
  readonly perTurn: number;
  /** With so many in line, whether more wait than may. */
  readonly isFull: (inLine: number) => boolean;
}

export interface Turnstile {
  /**
   * Runs `begin` now or, when enough have begun in this turn, in its place in the line; or `turnAway`
   * instead, for one that may be, when more wait than may.
   */
  pass(begin: () => void, turnAway?: () => void): void;
}

export const createTurnstile = ({ perTurn, isFull }: TurnstileOptions): Turnstile => {
  let line: (() => void)[] = [];
  let leaving: (() => void)[] = [];
  let begun = 0;
  let scheduled = false;

  const tellLeaving = () => {
    const turnedAway = leaving;
    leaving = [];
    for (const turnAway of turnedAway) turnAway();
  };
  const nextTurn = () => {
    scheduled = false;
    const now = line.slice(0, perTurn);
    line = line.slice(perTurn);
    begun = now.length;
    if (begun > 0) schedule();
    tellLeaving();
    for (const begin of now) begin();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(nextTurn);
  };

  return {
    pass(begin, turnAway) {
      schedule();
      if (turnAway && isFull(line.length)) {
        leaving.push(turnAway);
        if (leaving.length === toldTogether) tellLeaving();
      } else if (line.length > 0 || begun >= perTurn) line.push(begin);
      else {
        begun++;
        begin();
      }
    },
  };
};
