import { expect, test } from "vitest";
import { createRateLimits, writesPerWindow } from "./rate-limits.ts";
import { Refused } from "./refused.ts";

test("a user may write so often and no more; another user is not held up", async () => {
  const limits = createRateLimits();
  for (let write = 0; write < writesPerWindow; write++) await limits.countWrite("one");
  const refused = await limits.countWrite("one").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect((refused as Refused).refusal).toEqual({
    reason: "RATE_LIMITED",
    retryAfterMs: expect.any(Number) as number,
  });
  await limits.countWrite("another");
});
