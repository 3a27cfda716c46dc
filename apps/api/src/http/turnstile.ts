/*
 * In one turn of its event loop Node hears every socket that has something to say. When thousands say
 * it at once a turn lasts seconds, and the answers of PostgreSQL, which take four turns a group, come
 * after the deadline of their transaction: in a rush of 10,000 nothing was ever committed. So only a
 * few requests begin in a turn, and the others stand in line in the order they came.
 *
 * Commands have a line of their own, so that nobody who only looks waits behind a crowd that buys.
 *
 * When more wait than may, newcomers are turned away, a few dozen together: each answer wakes whoever has
 * asked, and where that is this very machine, a load balancer say, one that is still busy with the answer
 * before needs no waking (58 to 43 µs a refusal, 1,000 connections).
 */

/** So many are told together; fewer at the end of a turn. All of a turn together wait 5 ms longer in a storm. */
const toldTogether = 32;

export interface TurnstileOptions {
  /** Commands, and others, that begin in one turn of the event loop. */
  readonly perTurn: number;
  /** With so many commands in line, whether more wait than may. */
  readonly isFull: (inLine: number) => boolean;
  /**
   * Whether a command that begins would find room in the next group. One that has begun is a dozen promises to
   * keep, and in a storm, when 2,000 had, collecting garbage was a quarter of what the API did.
   */
  readonly hasRoom: () => boolean;
}

export interface Turnstile {
  /** Runs `begin` now or, when enough have begun in this turn, in its place in the line. */
  pass(begin: () => void): void;
  /** The same for a command, in a line of their own; or `turnAway` instead, when more wait than may. */
  passCommand(begin: () => void, turnAway: () => void): void;
  /** There may be room again. */
  goOn(): void;
}

export const createTurnstile = ({ perTurn, isFull, hasRoom }: TurnstileOptions): Turnstile => {
  const others = createLine(perTurn);
  const commands = createLine(perTurn);
  let leaving: (() => void)[] = [];
  let scheduled = false;

  const tellLeaving = () => {
    const turnedAway = leaving;
    leaving = [];
    for (const turnAway of turnedAway) turnAway();
  };
  const nextTurn = () => {
    scheduled = false;
    tellLeaving();
    others.nextTurn(true);
    commands.nextTurn(hasRoom());
    // One more turn after those who have begun: until then they count.
    if (others.isBusy() || (commands.isBusy() && hasRoom())) schedule();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(nextTurn);
  };

  return {
    pass(begin) {
      schedule();
      others.join(begin, true);
    },
    passCommand(begin, turnAway) {
      schedule();
      if (!isFull(commands.length())) commands.join(begin, hasRoom());
      else {
        leaving.push(turnAway);
        if (leaving.length === toldTogether) tellLeaving();
      }
    },
    goOn() {
      if (commands.length() > 0) schedule();
    },
  };
};

/** Those who stand in line, in the order they came; a few begin in each turn. */
const createLine = (perTurn: number) => {
  let line: (() => void)[] = [];
  let begun = 0;
  return {
    length: () => line.length,
    isBusy: () => line.length > 0 || begun > 0,
    join(begin: () => void, hasRoom: boolean) {
      if (line.length > 0 || begun >= perTurn || !hasRoom) line.push(begin);
      else {
        begun++;
        begin();
      }
    },
    nextTurn(hasRoom: boolean) {
      const now = hasRoom ? line.slice(0, perTurn) : [];
      line = line.slice(now.length);
      begun = now.length;
      for (const begin of now) begin();
    },
  };
};
