import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { authSecret } from "../support/api-process.ts";
import { newKey, type Client } from "../support/client.ts";
import { startProgram } from "../support/program.ts";
import { answers, race, runners, tally, type Outcome } from "../support/race.ts";
import { refusalFrom } from "../support/refused.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

const waitForStart = { timeout: 10_000, interval: 20 };
const balanceOf = async (api: Client) => (await api.wallet.balance.query()).balance;
const isLost = ({ ending }: Outcome<unknown>) => ending.startsWith("lost");

/**
 * Everyone sends their intention to the first process, the last fifty when so many of the others
 * have been answered. From then on no key can be written, and the process is killed (-9) while a
 * transaction waits for that: somebody has always been in the middle. (There must be enough for
 * some of the last fifty; a refusal writes no key.) Then everyone sends it once more, to the
 * second. Answers how each ended there, after those who had been answered before were answered the
 * same.
 */
const killInTheMiddle = async <Value>(
  shop: Shop,
  people: readonly Person[],
  killAfter: number,
  send: (api: Client, index: number) => Promise<Value>,
): Promise<Outcome<Value>[]> => {
  const [early, late] = [people.slice(0, -50), people.slice(-50)];
  let answered = 0;
  let enough = () => {};
  const enoughAnswered = new Promise<void>((resolve) => (enough = resolve));
  const racing = race(early, async ({ apis }, index) => {
    try {
      return await send(apis[0]!, index);
    } finally {
      answered += 1;
      if (answered === killAfter) enough();
    }
  });
  await enoughAnswered;
  const first = await shop.sql.begin(async (tx) => {
    await tx`lock table idempotency_keys in exclusive mode`;
    const latecomers = race(late, ({ apis }, index) => send(apis[0]!, early.length + index));
    const waiting = () => tx`
      select pid from pg_locks join pg_stat_activity using (pid)
      where application_name = 'stampede groups' and relation = 'idempotency_keys'::regclass
        and not granted`;
    await vi.waitFor(async () => expect(await waiting()).not.toHaveLength(0), waitForStart);
    await shop.apis[0]!.kill();
    return [...(await racing), ...(await latecomers)];
  });
  expect(first.filter(isLost).length).toBeGreaterThan(0);

  const second = await race(people, ({ apis }, index) => send(apis[1]!, index));
  for (const [index, outcome] of first.entries())
    if (outcome.ending === "OK") expect(second[index]).toEqual(outcome);
  await shop.apis[0]!.start();
  await shop.logWritten();
  await shop.audit();
  return second;
};

describe("an API process is killed in the middle", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop({ apis: 2, breaks: true });
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  test.each([1, 60, 200])(
    "of a charge race, after %i answers: every key has exactly one effect",
    async (killAfter) => {
      const shopper = await shop.shopper();
      const everyone = runners(400).map(() => shopper);
      const second = await killInTheMiddle(shop, everyone, killAfter, (api, index) =>
        api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: `kill-key-${index}` }),
      );
      expect(tally(second)).toEqual({ OK: 400 });
      expect(await balanceOf(shopper.apis[1]!)).toBe(400_000);
      const told = answers(second).map(({ balance }) => balance);
      expect(new Set(told).size).toBe(400);
    },
  );

  test("of an order race: nobody pays twice, nothing is sold twice", async () => {
    const { productId } = await shop.product({ price: 1_000, stock: 280 });
    const people = await shop.shoppers(300, 1_000);
    const second = await killInTheMiddle(shop, people, 80, (api, index) =>
      api.order.place.mutate({
        items: [{ productId, quantity: 1 }],
        idempotencyKey: `kill-key-${index}`,
      }),
    );
    expect(tally(second)).toEqual({ OK: 280, INSUFFICIENT_STOCK: 20 });
    expect((await shop.visitor.product.byId.query({ productId })).stock).toBe(0);
    for (const [index, { apis }] of people.entries())
      expect(await balanceOf(apis[1]!)).toBe(second[index]!.ending === "OK" ? 0 : 1_000);
  });

  test("of a coupon rush: whoever was told they have one has it", async () => {
    const { couponId } = await shop.campaign({ totalQuantity: 280 });
    const people = await shop.shoppers(300);
    const second = await killInTheMiddle(shop, people, 40, (api, index) =>
      api.coupon.claim.mutate({ couponId, idempotencyKey: `kill-key-${index}` }),
    );
    expect(tally(second)).toEqual({ OK: 280, COUPON_SOLD_OUT: 20 });
    const sequences = answers(second).map(({ sequence }) => sequence);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(runners(280).map((index) => index + 1));
  });
});

test("connections die in the middle of transactions: every charge is applied, once", async () => {
  await using shop = await startShop({ apis: 2, breaks: true });
  const people = await shop.shoppers(20);
  const killsWanted = 25;
  let kills = 0;
  const killer = (async () => {
    while (kills < killsWanted) {
      const killed = await shop.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'stampede groups'
          and state <> 'idle' limit 1`;
      kills += killed.length;
      await sleep(30);
    }
  })();
  const send = (round: number) =>
    race(runners(100), (runner) =>
      people[runner % 20]!.apis[runner % 2]!.wallet.charge.mutate({
        amount: 1_000,
        idempotencyKey: `round-${round}-${runner}`,
      }),
    );
  // As many rounds as it takes: there must be something under way to be killed.
  let rounds = 0;
  for (; kills < killsWanted; rounds++) {
    const { OK = 0, OVERLOADED = 0, ...other } = tally(await send(rounds));
    expect(other).toEqual({});
    expect(OK + OVERLOADED).toBe(100);
  }
  await killer;
  // Whoever was told to come again does; the others are answered what they were answered before.
  for (const round of runners(rounds)) expect(tally(await send(round))).toEqual({ OK: 100 });
  for (const { api } of people) expect(await balanceOf(api)).toBe(rounds * 5_000);
  await shop.logWritten();
  await shop.audit();
});

describe("one command of a group that cannot be written", () => {
  const poisoned = async (url: string, shop: Shop) => {
    const { text } = await shop.http.send(`${url}/metrics`);
    return Number(/^stampede_poisoned_groups_total (\d+)$/m.exec(text)?.[1]);
  };

  test("fails alone: its ninety-nine neighbours are paid, and it is when it can be", async () => {
    await using shop = await startShop({ breaks: true, variables: { GROUP_LANES: "1" } });
    const people = await shop.shoppers(100);
    const victim = people[50]!;
    await shop.sql.unsafe(
      `alter table outbox add constraint poison check (user_id <> '${victim.userId}')`,
    );
    const charge = () =>
      race(people, ({ api }, index) =>
        api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: `poison-key-${index}` }),
      );
    const first = await charge();
    expect(tally(first)).toEqual({ OK: 99, INTERNAL: 1 });
    expect(first[50]!.ending).toBe("INTERNAL");
    expect(await poisoned(shop.url, shop)).toBeGreaterThan(0);
    expect(await balanceOf(victim.api)).toBe(0);
    await shop.sql`alter table outbox drop constraint poison`;
    expect(tally(await charge())).toEqual({ OK: 100 });
    for (const { api } of people) expect(await balanceOf(api)).toBe(1_000);
    await shop.logWritten();
    await shop.audit();
  });

  test("in a coupon rush leaves no gap in the line", async () => {
    await using shop = await startShop({ breaks: true, variables: { GROUP_LANES: "1" } });
    const { couponId } = await shop.campaign({ totalQuantity: 30 });
    const people = await shop.shoppers(100);
    await shop.sql.unsafe(
      `alter table issued_coupons add constraint poison check (user_id <> '${people[3]!.userId}')`,
    );
    const outcomes = await race(people, ({ api }) =>
      api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() }),
    );
    const { OK, COUPON_SOLD_OUT, INTERNAL = 0 } = tally(outcomes);
    expect([OK, COUPON_SOLD_OUT! + INTERNAL]).toEqual([30, 70]);
    const sequences = answers(outcomes).map(({ sequence }) => sequence);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(runners(30).map((index) => index + 1));
    await shop.audit();
  });

  test("whose user was just deleted hears UNAUTHENTICATED; the others get theirs", async () => {
    await using shop = await startShop({ breaks: true, variables: { GROUP_LANES: "1" } });
    const { couponId } = await shop.campaign({ totalQuantity: 50 });
    const people = await shop.shoppers(50);
    const gone = people[20]!;
    // Everyone has shown their session and waits for the campaign when the user goes.
    const lock = await shop.sql.reserve();
    await lock`begin`;
    await lock`select from coupon_campaigns where coupon_id = ${couponId} for update`;
    const racing = race(people, ({ api }) =>
      api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() }),
    );
    const waiting = async () => {
      const { text } = await shop.http.send(`${shop.url}/metrics`);
      const queued = Number(/^stampede_commands_waiting (\d+)$/m.exec(text)?.[1]);
      const [row] = await shop.sql<{ count: number }[]>`
        select count(*)::int from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`;
      return { queued, atWork: row?.count };
    };
    await expect.poll(waiting, { timeout: 2_000, interval: 20 }).toMatchObject({ atWork: 1 });
    await sleep(200);
    await shop.sql`delete from wallets where user_id = ${gone.userId}`;
    await shop.sql`delete from users where id = ${gone.userId}`;
    await lock`rollback`;
    lock.release();
    const outcomes = await racing;
    expect(tally(outcomes)).toEqual({ OK: 49, UNAUTHENTICATED: 1 });
    expect(outcomes[20]!.ending).toBe("UNAUTHENTICATED");
    const sequences = answers(outcomes).map(({ sequence }) => sequence);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(runners(49).map((index) => index + 1));
    await shop.audit();
  });
});

test("workers are killed, paused and many: every entry is logged once, none lost", async () => {
  await using shop = await startShop({ apis: 2, breaks: true, variables: { WORKER: "off" } });
  const people = await shop.shoppers(50);
  const work = () =>
    startProgram("worker", { DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret });
  const charge = (round: number) =>
    race(runners(1_000), (runner) =>
      people[runner % 50]!.apis[runner % 2]!.wallet.charge.mutate({
        amount: 1_000,
        idempotencyKey: `work-${round}-${runner}`,
      }),
    );
  // Nobody works: everything waits in the outbox, and the books add up already.
  expect(tally(await charge(0))).toEqual({ OK: 1_000 });
  const [waiting] = await shop.sql`select count(*)::int from outbox`;
  expect(waiting).toEqual({ count: 1_000 });
  expect((await people[0]!.api.wallet.history.query()).items).toEqual([]);
  await shop.audit();

  const workers = [work(), work(), work(), work()];
  const [killed, paused, ...others] = workers;
  // One that is hurt while it starts loses nothing, and one asked to stop then dies of the signal.
  await expect
    .poll(() => workers.every((worker) => worker.printed().includes("relaying")), waitForStart)
    .toBe(true);
  const racing = charge(1);
  await sleep(100);
  killed!.kill("SIGKILL");
  paused!.kill("SIGSTOP");
  expect(tally(await racing)).toEqual({ OK: 1_000 });
  await sleep(300);
  paused!.kill("SIGCONT");
  await shop.logWritten();
  const [logged] = await shop.sql`
    select count(*)::int as entries, count(distinct operation_id)::int as operations
    from point_log`;
  expect(logged).toEqual({ entries: 2_000, operations: 2_000 });
  await shop.audit();
  for (const worker of [paused!, ...others]) {
    worker.kill("SIGTERM");
    expect(await worker.ended).toEqual({ code: 0, signal: null });
  }
});

test("an order that a poisoned group refused is told with a reason, not with silence", async () => {
  await using shop = await startShop({ breaks: true });
  const shopper = await shop.shopper(5_000);
  const { productId } = await shop.product();
  await shop.sql`alter table orders add constraint poison check (false) not valid`;
  const order = { items: [{ productId, quantity: 1 }], idempotencyKey: newKey() };
  const { reason, retry } = await refusalFrom(shopper.api.order.place.mutate(order));
  expect({ reason, retry }).toEqual({ reason: "INTERNAL", retry: "later" });
  expect(await balanceOf(shopper.api)).toBe(5_000);
  expect((await shop.visitor.product.byId.query({ productId })).stock).toBe(100);
  await shop.sql`alter table orders drop constraint poison`;
  expect(await shopper.api.order.place.mutate(order)).toMatchObject({ balance: 4_000 });
  await shop.audit();
});
