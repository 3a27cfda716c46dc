import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers, race, runners, tally } from "../support/race.ts";
import { startShop, type Shop } from "../support/shop.ts";

/* API_PROCESSES: several processes behind one port, and one of them dies. */

const twoBehindOnePort = { API_PROCESSES: "2", LOG_LEVEL: "info" };

/** The processes that have said that they listen, in that order, those of the supervisor left out. */
const listening = (shop: Shop): number[] =>
  shop.apis[0]!
    .log()
    .filter(({ msg }) => msg === "listening")
    .map(({ pid }) => pid as number);

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 15_000; !(await what()); await sleep(50))
    if (Date.now() > deadline) throw new Error("it has not come about in 15 s");
};

test("two processes behind one port sell what there is, and measure together", async () => {
  await using shop = await startShop({ variables: twoBehindOnePort });
  await until(() => listening(shop).length === 2);
  const { productId } = await shop.product({ price: 1_000, stock: 150 });
  const people = await shop.shoppers(300, 1_000);
  const outcomes = await race(people, ({ api }, index) =>
    api.order.place.mutate({ items: [{ productId, quantity: 1 }], idempotencyKey: `one-port-${index}` }),
  );
  expect(tally(outcomes)).toEqual({ OK: 150, INSUFFICIENT_STOCK: 150 });
  const again = await race(people, ({ api }, index) =>
    api.order.place.mutate({ items: [{ productId, quantity: 1 }], idempotencyKey: `one-port-${index}` }),
  );
  expect(answers(again)).toEqual(answers(outcomes));

  const line = /^stampede_procedure_seconds_count\{.*procedure="order.place".*outcome="OK".*\} (\d+)$/m;
  const { text } = await shop.http.send(`${shop.url}/metrics`);
  expect(Number(line.exec(text)?.[1])).toBe(300);
  // Who takes which connection is the kernel's to say; as many come until both have had some.
  await until(async () => {
    await race(people, () => shop.http.send(`${shop.url}/trpc/shop.clock`));
    return answering(shop).size === 2;
  });
});

/** The processes that have answered calls. */
const answering = (shop: Shop) =>
  new Set(
    shop.apis[0]!
      .log()
      .filter(({ procedure }) => procedure !== undefined)
      .map(({ pid }) => pid),
  );

test("one of them is killed under load: the other goes on, another takes its place, nothing is lost", async () => {
  await using shop = await startShop({ variables: twoBehindOnePort, breaks: true });
  await until(() => listening(shop).length === 2);
  const [shopper] = await shop.shoppers(1);
  const charge = (index: number) =>
    shopper!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: `kill-key-${index}` });
  const first = race(runners(400), charge);
  await sleep(30);
  process.kill(listening(shop)[0]!, "SIGKILL");
  await first;

  const second = await race(runners(400), charge);
  expect(tally(second)).toEqual({ OK: 400 });
  expect(new Set(answers(second).map(({ balance }) => balance)).size).toBe(400);
  expect(await shopper!.api.wallet.balance.query()).toMatchObject({ balance: 400_000 });
  await until(() => listening(shop).length === 3);
  await shop.logWritten();
  await shop.audit();
  // Told to stop, they drain, and the supervisor says that all went well.
  expect(await shop.apis[0]!.stop()).toEqual({ code: 0, signal: null });
});

test("what keeps one from starting is said once, and nobody tries for ever", async () => {
  const starting = startShop({ variables: { ...twoBehindOnePort, WEB_ORIGIN: "nowhere" } });
  await expect(starting).rejects.toThrow(/^the API is not ready: WEB_ORIGIN [^\n]*\.\n$/);
});
