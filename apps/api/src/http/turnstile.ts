/*
 * In one turn of its event loop Node hears every socket that has something to say. When thousands say
 * it at once a turn lasts seconds, and the answers of PostgreSQL, which take four turns a group, come
 * after the deadline of their transaction: in a rush of 10,000 nothing was ever committed. So only a
 * few requests begin in a turn, and the others stand in line in the order they came.
 *
 * When more wait than may, newcomers are turned away, but in a turn no more of them than begin:
 * turning away costs a quarter of what serving does, and where it came first, a storm of three times
 * what can be served left time for a quarter of it.
 */

export interface TurnstileOptions {
  /** Requests that begin in one turn of the event loop, and requests that are turned away in it. */
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

interface Place {
  readonly begin: () => void;
  readonly turnAway: (() => void) | undefined;
}

export const createTurnstile = ({ perTurn, isFull }: TurnstileOptions): Turnstile => {
  let line: Place[] = [];
  let begun = 0;
  let turnedAway = 0;
  let scheduled = false;

  const mayTurnAway = () => turnedAway < perTurn && isFull(line.length);

  /** Who came last goes first: they know soon, and who has stood for long is not sent home for it. */
  const turnNewestAway = () => {
    for (let place = line.length - 1; place >= 0 && mayTurnAway(); place--) {
      const { turnAway } = line[place]!;
      if (!turnAway) continue;
      line.splice(place, 1);
      turnedAway++;
      turnAway();
    }
  };

  const nextTurn = () => {
    scheduled = false;
    turnedAway = 0;
    const now = line.slice(0, perTurn);
    line = line.slice(perTurn);
    begun = now.length;
    if (begun > 0) schedule();
    for (const { begin } of now) begin();
    turnNewestAway();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(nextTurn);
  };

  return {
    pass(begin, turnAway) {
      schedule();
      if (turnAway && mayTurnAway()) {
        turnedAway++;
        turnAway();
      } else if (line.length > 0 || begun >= perTurn) line.push({ begin, turnAway });
      else {
        begun++;
        begin();
      }
    },
  };
};
