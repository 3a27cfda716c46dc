/** Whole numbers from 0 to `below` - 1 that look random and are the same for the same start. */
export type Random = (below: number) => number;

/** mulberry32: all that a test needs of chance. */
export const numbersFrom = (start: number): Random => {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};
