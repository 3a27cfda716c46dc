import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Intention } from "../support/ledger.ts";
import type { Load } from "../support/load.ts";
import { race, tally } from "../support/race.ts";
import { report } from "../support/report.ts";
import { openScene, type Scene } from "./scene.ts";
import { isLong, rounds, size } from "../support/size.ts";

/* F10 to F13: what clients do to a shop: hang up, send again, at once, late, or something else. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ shoppers: 300 });
});
afterAll(() => scene[Symbol.asyncDispose]());

/** One more intention of somebody; a third charges, a third orders, a third claims. */
function intentions({ prefix }: Load, count: number): Intention[] {
  const { shoppers, products, campaigns } = scene.world;
  return Array.from({ length: count }, (_none, index) => {
    const { userId } = shoppers[scene.random(shoppers.length)]!;
    const idempotencyKey = `${prefix}own-${index}`;
    const item = { productId: products[scene.random(products.length)]!, quantity: 1 };
    const couponId = campaigns[scene.random(campaigns.length)]!;
    return [
      { userId, procedure: "wallet.charge", input: { amount: 1_000 + index, idempotencyKey } },
      { userId, procedure: "order.place", input: { items: [item], idempotencyKey } },
      { userId, procedure: "coupon.claim", input: { couponId, idempotencyKey } },
    ][index % 3] as Intention;
  });
}

/** So many at a time, one after the other. */
async function inLanes<Item>(items: readonly Item[], lanes: number, run: (item: Item) => Promise<unknown>) {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

test("they hang up before, while and after they are answered", async () => {
  for (const count of rounds(size(100, 5_000), 1_000)) {
    const figures = await scene.round((load) =>
      inLanes(intentions(load, count), 16, (intention) =>
        load.send(intention, undefined, AbortSignal.timeout(scene.random(40))),
      ),
      { hangUps: true },
    );
    expect(figures.onceUnknown).toBeGreaterThan(0);
    report("clients", {
      "hung up": figures.endings["hung up"] ?? 0,
      commands: figures.intentions,
      "slowest answer, ms": figures.slowestMs,
    });
  }
});

test("they send one key up to 200 times at once, over all processes", async () => {
  for (const keys of rounds(size(60, 5_000), 250)) {
    let copiesMost = 0;
    const figures = await scene.round(
      (load) =>
        inLanes(intentions(load, keys), 3, async (intention) => {
          const copies = 2 + scene.random(isLong ? 199 : 60);
          copiesMost = Math.max(copiesMost, copies);
          await Promise.all(Array.from({ length: copies }, () => load.send(intention)));
        }),
      // The crowd itself is load enough.
      { clients: 2 },
    );
    expect(figures.endings["lost"]).toBeUndefined();
    expect(figures.atOnce).toBeGreaterThan(0);
    report("clients", {
      "keys sent many times at once": keys,
      "in-flight duplicate": figures.atOnce,
      sendings: figures.sendings,
      "most copies of a key": copiesMost,
      commands: figures.intentions,
      "slowest answer, ms": figures.slowestMs,
    });
  }
});

test("they send the same again later, in any order", async () => {
  const lateMs = isLong ? 30_000 : 2_000;
  for (const keys of rounds(size(60, 2_000), 500)) {
    const sendLate = async (load: Load, intention: Intention) => {
      await sleep(scene.random(lateMs));
      await load.send(intention);
    };
    const figures = await scene.round((load) =>
      Promise.all(
        intentions(load, keys).flatMap((intention) =>
          Array.from({ length: 1 + scene.random(4) }, () => sendLate(load, intention)),
        ),
      ),
    );
    report("clients", { "keys sent again late": keys, commands: figures.intentions });
  }
});

test("they use a key for something else: another input, procedure or person", async () => {
  const shopper = await scene.shop.shopper(1_000_000);
  const other = await scene.shop.shopper(0);
  const [productId] = scene.world.products;
  await scene.shop.admin().then(({ api }) =>
    api.admin.product.restock.mutate({ productId: productId!, quantity: 20_000, idempotencyKey: randomUUID() }),
  );
  const count = size(40, 5_000);
  let balances = { shopper: 1_000_000, other: 0 };
  for (let index = 0; index < count; index++) {
    const idempotencyKey = `other-${index}-${scene.random(1_000_000)}`;
    const process = () => scene.random(2);
    const charge = (who: typeof shopper, amount: number) =>
      who.apis[process()]!.wallet.charge.mutate({ amount, idempotencyKey });
    const order = { items: [{ productId: productId!, quantity: 1 }], idempotencyKey };
    // All four at once: two charges of one person exclude each other, the others are none of theirs.
    const [first, second, order_, others] = await race(
      [
        () => charge(shopper, 1_000),
        () => charge(shopper, 2_000),
        () => shopper.apis[process()]!.order.place.mutate(order),
        () => charge(other, 3_000),
      ],
      (run) => run() as Promise<object>,
    );
    expect(tally([first!, second!])).toEqual({ OK: 1, IDEMPOTENCY_KEY_REUSED: 1 });
    expect(tally([order_!, others!])).toEqual({ OK: 2 });
    balances = {
      shopper: balances.shopper + (first!.ending === "OK" ? 1_000 : 2_000) - 500,
      other: balances.other + 3_000,
    };
  }
  expect((await shopper.api.wallet.balance.query()).balance).toBe(balances.shopper);
  expect((await other.api.wallet.balance.query()).balance).toBe(balances.other);
  await scene.shop.audit();
  report("clients", { "keys used for something else": count });
});
