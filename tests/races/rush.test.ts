import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { refusalOf } from "../support/client.ts";
import { answers, race, runners, tally } from "../support/race.ts";
import { startShop, type Person } from "../support/shop.ts";

test("ten thousand at once for a thousand coupons: a thousand have one, nine thousand know that none is left", async () => {
  await using shop = await startShop();
  const { couponId } = await shop.campaign({ totalQuantity: 1_000 });
  const people = await shop.shoppers(10_000);
  // Whoever is told to come again does, with the same key, until there is a definitive answer.
  const claim = async ({ api }: Person, index: number) => {
    for (;;) {
      try {
        return await api.coupon.claim.mutate({ couponId, idempotencyKey: `rush-key-${index}` });
      } catch (error) {
        if (refusalOf(error)?.reason !== "OVERLOADED") throw error;
        await sleep(1_000);
      }
    }
  };
  const outcomes = await race(people, claim);
  expect(tally(outcomes)).toEqual({ OK: 1_000, COUPON_SOLD_OUT: 9_000 });
  const sequences = answers(outcomes).map(({ sequence }) => sequence);
  expect(sequences.toSorted((a, b) => a - b)).toEqual(runners(1_000).map((index) => index + 1));
});
