import type { Plain } from "@stampede/db/plain";
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Limits } from "./limits.ts";
import { Refused } from "./refused.ts";

/** Each counts one thing that was asked for, and throws `Refused` (RATE_LIMITED) when it was too much. */
export interface RateLimits {
  /** A command of this user. */
  countWrite(userId: string): Promise<void>;
  /** What was counted was done long ago and only answered again: it is nothing new. */
  forgiveWrite(userId: string): void;
  /** A read of this user's own. */
  countRead(userId: string): Promise<void>;
  /** Calls from this address, by whomever. */
  countCalls(address: string, calls: number): Promise<void>;
  /** A sign-in; counted by all processes together, so that a burst on several gains nothing. */
  countSignIn(account: string, address: string | undefined): Promise<void>;
  /** The sign-in was right: its account starts afresh. */
  forgiveSignIn(account: string): Promise<void>;
  /** A sign-up from this address; counted by all processes together. */
  countSignUp(address: string | undefined): Promise<void>;
  /** Another change to an account from this address; counted by all processes together. */
  countAccountChange(address: string | undefined): Promise<void>;
}

/** Seconds of the windows that `Limits` speaks of. */
const windows = { calls: 10, signIns: 15 * 60, signUps: 10 * 60, accountChanges: 60 };

/**
 * What costs a query is limited in each process; what costs a hash, or guesses at a password, is
 * counted in the database. An address that is not known (`undefined`: a program on this very machine)
 * is not counted.
 */
export const createRateLimits = (limits: Limits, plain: Pick<Plain, "query">): RateLimits => {
  const here = (points: number) => new RateLimiterMemory({ points, duration: windows.calls });
  const writes = here(limits.writesPerUser);
  const reads = here(limits.readsPerUser);
  const calls = here(limits.callsPerAddress);
  const shared = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({
      storeClient: clientOver(plain),
      storeType: "client",
      tableName: "rate_limits",
      // By the migrations: the API may create no tables.
      tableCreated: true,
      keyPrefix,
      points,
      duration,
    });
  const tries = shared("tries", limits.triesPerAccount, windows.signIns);
  const signIns = shared("sign-ins", limits.signInsPerAddress, windows.signIns);
  const signUps = shared("sign-ups", limits.signUpsPerAddress, windows.signUps);
  const changes = shared("changes", limits.accountChangesPerAddress, windows.accountChanges);

  const countBy = async (limiter: Limiter, address: string | undefined) => {
    if (address !== undefined) await count(limiter, address);
  };
  return {
    countWrite: (userId) => count(writes, userId),
    forgiveWrite: (userId) => void writes.reward(userId),
    countRead: (userId) => count(reads, userId),
    countCalls: (address, number) => count(calls, address, number),
    async countSignIn(account, address) {
      await countBy(signIns, address);
      await count(tries, account);
    },
    forgiveSignIn: async (account) => void (await tries.delete(account)),
    countSignUp: (address) => countBy(signUps, address),
    countAccountChange: (address) => countBy(changes, address),
  };
};

type Limiter = RateLimiterMemory | RateLimiterPostgres;

const count = async (limiter: Limiter, key: string, points = 1): Promise<void> => {
  try {
    await limiter.consume(key, points);
  } catch (thrown) {
    if (!(thrown instanceof RateLimiterRes)) throw thrown;
    throw new Refused({ reason: "RATE_LIMITED", retryAfterMs: thrown.msBeforeNext });
  }
};

/** As much of node-postgres as the limiter uses, over the shop's own guarded connections. */
const clientOver = ({ query }: Pick<Plain, "query">) => ({
  query: async ({ text, values }: { text: string; values: (string | number | null)[] }) => {
    // It subtracts from `expire`, a bigint, which the driver hands over as text.
    const rows = await query(text, values);
    return { rows: rows.map((row) => ({ ...row, expire: Number(row["expire"]) })), rowCount: rows.length };
  },
});

const nothing = async () => {};

/** For load tests (`RATE_LIMIT=off`). */
export const noRateLimits: RateLimits = {
  countWrite: nothing,
  forgiveWrite() {},
  countRead: nothing,
  countCalls: nothing,
  countSignIn: nothing,
  forgiveSignIn: nothing,
  countSignUp: nothing,
  countAccountChange: nothing,
};
