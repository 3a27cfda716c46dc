import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { newKey, refusalOf } from "../support/client.ts";
import { startShop } from "../support/shop.ts";

test("in a storm those who find the line full are told at once, and in the end everyone is served, once", async () => {
  const variables = { GROUP_LANES: "1", GROUP_SIZE_MAX: "10", LIMITS: '{"commandsWaiting":100}' };
  await using shop = await startShop({ variables });
  const [held, ...people] = await shop.shoppers(101);
  let letGo = () => {};
  const holding = shop.sql.begin(async (tx) => {
    await tx`select from wallets where user_id = ${held!.userId} for update`;
    await new Promise<void>((resolve) => (letGo = resolve));
  });
  // Its group waits for the lock, and everyone behind it.
  const first = Promise.allSettled([
    held!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() }),
  ]);
  await sleep(200);

  let toldToComeAgain = 0;
  const charge = async (index: number): Promise<void> => {
    for (;;) {
      try {
        const key = `storm-key-${index}`;
        await people[index % 100]!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: key });
        return;
      } catch (error) {
        if (refusalOf(error)?.reason !== "OVERLOADED") throw error;
        toldToComeAgain += 1;
        await sleep(100);
      }
    }
  };
  const all = Promise.all(Array.from({ length: 400 }, (_none, index) => charge(index)));
  // A hundred wait behind the lock; all the others have been answered.
  while (toldToComeAgain < 300) await sleep(5);
  letGo();
  await holding;
  await all;
  await first;

  for (const { api } of people) expect((await api.wallet.balance.query()).balance).toBe(4_000);
  await shop.logWritten();
});
