import { z } from "zod";

/*
 * Every limit at the API's door, in one place, with its reason. `LIMITS` replaces single ones by
 * name, as in LIMITS={"writesPerUser":600}; RATE_LIMIT=off turns off those that count by time.
 *
 * Limits by the business (50 items an order, pages of 100, amounts) are the contract's and stand in
 * the schemas of packages/core; how deep JSON may nest follows from them and from the body's size.
 */

const whole = (min: number, max: number, otherwise: number) =>
  z.int().min(min).max(max).default(otherwise);

export const limitsSchema = z.strictObject({
  // --- one request ---
  /** Bytes of a body: the largest order (50 items) is 6 KB; ten times that is generous. 413. */
  bodyBytes: whole(8_192, 1_048_576, 65_536),
  /** Bytes of address and headers together: what Node, and most proxies, allow. 431. */
  headerBytes: whole(4_096, 65_536, 16_384),
  /** Headers of a request; a browser sends twenty. */
  headers: whole(32, 1_000, 100),
  /** Calls in one request; a page of the storefront makes a handful. 400. */
  batch: whole(1, 1_000, 100),

  // --- a process ---
  /**
   * Commands that may wait, for their turn or for a group: a second's work of one process at most. 503
   * with Retry-After.
   */
  commandsWaiting: whole(10, 100_000, 2_000),

  // --- connections ---
  /** Open at once in one process: a rush of ten thousand, and room for those who dawdle. */
  connections: whole(100, 1_000_000, 20_000),
  /** Milliseconds for a request's headers: who needs longer is slow on purpose. 408. */
  headersMs: whole(1_000, 60_000, 5_000),
  /** Milliseconds for a whole request, body included: a dawdler is gone within 10 s. 408. */
  requestMs: whole(2_000, 300_000, 8_000),
  /** Milliseconds an idle connection is kept: longer than a proxy keeps its side of it. */
  keepAliveMs: whole(1_000, 600_000, 65_000),

  // --- by time; 429 with Retry-After ---
  /** Commands of a user in 10 s: no hand comes near it, a runaway script is stopped. A replay is none. */
  writesPerUser: whole(1, 1_000_000, 300),
  /** Reads of a user's own in 10 s: each is a query of its own. */
  readsPerUser: whole(1, 1_000_000, 3_000),
  /** Calls from one address in 10 s, signed in or not: a whole office behind one address. */
  callsPerAddress: whole(1, 1_000_000, 3_000),
  /** Wrong passwords for one account in 15 minutes, wherever they come from. */
  triesPerAccount: whole(1, 10_000, 10),
  /** Sign-ins from one address in 15 minutes, so that no one tries one password on every account. */
  signInsPerAddress: whole(1, 1_000_000, 300),
  /** Sign-ups from one address in 10 minutes; each costs 10 ms of a core and a row for good. */
  signUpsPerAddress: whole(1, 1_000_000, 100),
  /** Other changes to accounts (password, name, sign-out) from one address in 1 minute. */
  accountChangesPerAddress: whole(1, 1_000_000, 100),
});

export type Limits = z.output<typeof limitsSchema>;

export const defaultLimits: Limits = limitsSchema.parse({});
