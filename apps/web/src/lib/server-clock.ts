/** What one answer says: the server's clock was read some time between sending and receiving. */
export interface ClockReading {
  /** The server's clock and, before and after, this machine's; milliseconds since 1970. */
  readonly server: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/**
 * The server's clock, as told by its answers. Each gives an interval for how far the server is
 * ahead of this machine; their intersection only narrows. What is shown is the interval's lower
 * end: never ahead of the server, behind it by one round trip at most.
 */
export const createServerClock = (localNow: () => number) => {
  let aheadMsMin = Number.NEGATIVE_INFINITY;
  let aheadMsMax = Number.POSITIVE_INFINITY;
  return {
    note({ server, sentAt, receivedAt }: ClockReading): void {
      if (Number.isNaN(server)) return;
      const min = server - receivedAt;
      const max = server - sentAt;
      // Nothing in common with what was known: one of the clocks was set, so start again.
      const disjoint = min > aheadMsMax || max < aheadMsMin;
      aheadMsMin = disjoint ? min : Math.max(aheadMsMin, min);
      aheadMsMax = disjoint ? max : Math.min(aheadMsMax, max);
    },
    /** The server's time in milliseconds, or nothing before its first answer. */
    now: (): number | undefined =>
      Number.isFinite(aheadMsMin) ? localNow() + aheadMsMin : undefined,
  };
};

const clock = createServerClock(() => Date.now());

/** Learns from an answer of `shop.clock`. */
export const noteServerTime = (reading: ClockReading): void => clock.note(reading);

/** The server's time in milliseconds; before its first answer what is known of it otherwise. */
export const serverNow = (otherwise = Date.now()): number => clock.now() ?? otherwise;
