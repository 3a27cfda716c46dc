/* How big the tests of faults and interleavings are: a short form in `npm test`, a long one in `npm run test:faults`. */

export const isLong = process.env["LONG"] === "on";

const scale = Number(process.env["SCALE"] ?? "1");

/** So many in the short form, so many times the scale in the long one. */
export function size(short: number, long: number): number {
  return isLong ? Math.max(1, Math.ceil(long * scale)) : short;
}

/** Splits so many into rounds of at most `most`: after each, everything is compared. */
export function rounds(total: number, most: number): number[] {
  const count = Math.ceil(total / most);
  return Array.from({ length: count }, (_none, index) =>
    Math.min(most, total - index * most),
  );
}
