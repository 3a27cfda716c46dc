import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refused } from "./refused.ts";

export interface RateLimits {
  /** Counts one write of this user; throws `Refused` (RATE_LIMITED) when there were too many. */
  countWrite(userId: string): Promise<void>;
}

/** 300 writes in 10 s: no hand and no storefront comes near it, a runaway script is stopped. */
export const writesPerWindow = 300;
const windowSeconds = 10;

/** Limits a user's writes in this process. */
export const createRateLimits = (): RateLimits => {
  const writes = new RateLimiterMemory({ points: writesPerWindow, duration: windowSeconds });
  return {
    async countWrite(userId) {
      try {
        await writes.consume(userId);
      } catch (thrown) {
        if (!(thrown instanceof RateLimiterRes)) throw thrown;
        throw new Refused({ reason: "RATE_LIMITED", retryAfterMs: thrown.msBeforeNext });
      }
    },
  };
};

/** For load tests (`RATE_LIMIT=off`). */
export const noRateLimits: RateLimits = { countWrite: async () => {} };
