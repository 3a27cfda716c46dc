import { claimCoupon } from "@stampede/core/coupon/claim";
import type { Command } from "@stampede/core/decision";
import { ok } from "@stampede/core/result";
import { chargeWallet } from "@stampede/core/wallet/charge";
import { balanceMax } from "@stampede/core/wallet/policy";
import { runAudit } from "@stampede/db/audit";
import { createShoppers } from "@stampede/db/seed/shoppers";
import { createTestDatabase } from "@stampede/db/testing/database";
import { until } from "@stampede/db/testing/shop";
import { OutcomeUnknown, type Transactions } from "@stampede/db/transactions";
import { createCampaign } from "@stampede/db/write/campaigns";
import { pino } from "pino";
import postgres from "postgres";
import { v7 as newId } from "uuid";
import { describe, expect, test } from "vitest";
import { createMetrics } from "../observability/metrics.ts";
import { Refused } from "../refused.ts";
import { defaultLimits } from "../limits.ts";
import { openServices } from "../services.ts";
import { createShell } from "./shell.ts";
import { createSoldOut } from "./sold-out.ts";

/** A shop without HTTP on a database of its own, and a connection for the test's own eyes. */
const openShop = async (settings: { lanes?: number; groupSizeMax?: number } = {}) => {
  const database = await createTestDatabase();
  const metrics = createMetrics();
  const services = openServices({
    environment: {
      DATABASE_URL: database.url,
      LIMITS: defaultLimits,
      GROUP_LANES: settings.lanes ?? 2,
      GROUP_SIZE_MAX: settings.groupSizeMax ?? 256,
      READ_CONNECTIONS: 2,
    },
    log: pino({ level: "silent" }),
    metrics,
  });
  const sql = postgres(database.url, { max: 2, onnotice: () => {} });
  const shoppers = async (count: number, balance: number) => {
    const made: string[] = [];
    for await (const chunk of createShoppers(services.transactions, count, balance))
      made.push(...chunk.map(({ userId }) => userId));
    return made;
  };
  return {
    ...services,
    metrics,
    sql,
    shoppers,
    balanceOf: async (userId: string) => {
      const [row] = await sql`select balance::int from wallets where user_id = ${userId}`;
      return row!["balance"] as number;
    },
    expectAudit: async () => {
      const { checks } = await runAudit(database.url);
      expect(checks.filter((check) => !check.ok)).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      await services.close();
      await sql.end();
      await database[Symbol.asyncDispose]();
    },
  };
};

const charge = (amount: number, idempotencyKey = newId()) => ({ amount, idempotencyKey });

const reasonOf = (error: unknown) => (error instanceof Refused ? error.refusal.reason : error);

describe("a group", () => {
  test("a thousand charges of one wallet share a few transactions and add up exactly", async () => {
    await using shop = await openShop();
    const [user] = await shop.shoppers(1, 0);
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () => shop.shell.execute(chargeWallet, user!, charge(1_000))),
    );
    // Each charge saw the one before it: the replies are every step of the way.
    const seen = replies.map(({ balance }) => balance).sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_none, index) => (index + 1) * 1_000));
    expect(await shop.balanceOf(user!)).toBe(1_000_000);
    const groups = await shop.metrics.groupSize.get();
    const count = groups.values.find(({ metricName }) => metricName?.endsWith("_count"))!.value;
    expect(count).toBeLessThanOrEqual(10);
    await shop.expectAudit();
  });

  test("a poisoned member is refused alone; its neighbours are carried out once", async () => {
    await using shop = await openShop({ lanes: 1 });
    const users = await shop.shoppers(20, 10_000);
    /** Decides what the table's constraint forbids: a bug of ours, not a refusal. */
    const poison: Command<{ note: string }, null> = {
      name: "test.poison",
      touches: (actorId) => ({ wallets: [actorId] }),
      decide: (rows, { actorId }) =>
        ok({
          writes: { wallets: [{ ...rows.wallets.get(actorId)!, balance: -1 }] },
          reply: null,
        }),
    };
    const outcomes = await Promise.allSettled(
      users.map((user, index) =>
        index === 7
          ? shop.shell.execute(poison, user, { note: "x", idempotencyKey: newId() })
          : shop.shell.execute(chargeWallet, user, charge(1_000)),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      users.map((_user, index) => (index === 7 ? "rejected" : "fulfilled")),
    );
    expect(await Promise.all(users.map(shop.balanceOf))).toEqual(
      users.map((_user, index) => (index === 7 ? 10_000 : 11_000)),
    );
    await shop.expectAudit();
  });

  test("a user who is gone by the time of the write is UNAUTHENTICATED, the others get theirs", async () => {
    await using shop = await openShop({ lanes: 1 });
    const users = await shop.shoppers(5, 0);
    const campaign = await openCampaign(shop, 100);
    await shop.sql`delete from wallets where user_id = ${users[2]!}`;
    await shop.sql`delete from users where id = ${users[2]!}`;
    const outcomes = await Promise.allSettled(
      users.map((user) =>
        shop.shell.execute(claimCoupon, user, { couponId: campaign, idempotencyKey: "claim-key" }),
      ),
    );
    expect(
      outcomes.map((each) =>
        each.status === "fulfilled" ? each.value.sequence : reasonOf(each.reason),
      ),
    ).toEqual([1, 2, "UNAUTHENTICATED", 3, 4]);
  });
});

const openCampaign = async (
  shop: Pick<Awaited<ReturnType<typeof openShop>>, "transactions">,
  totalQuantity: number,
): Promise<string> => {
  const hour = 3_600_000;
  const at = (offset: number) => new Date(Date.now() + offset).toISOString();
  const { couponId } = await shop.transactions.run((tx) =>
    createCampaign(tx, newId(), {
      name: "test",
      discount: { type: "FIXED", amount: 1_000 },
      totalQuantity,
      issueStartsAt: at(-hour),
      issueEndsAt: at(hour),
      validFrom: at(-hour),
      validUntil: at(hour),
    }),
  );
  return couponId;
};

describe("faults", () => {
  test("backends killed all the time: every charge is answered and happens exactly once", async () => {
    await using shop = await openShop();
    const users = await shop.shoppers(50, 0);
    let killing = true;
    const killer = (async () => {
      while (killing) {
        await shop.sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'stampede groups'`;
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    })();
    const rounds = 8;
    for (let round = 0; round < rounds; round++)
      await Promise.all(
        users.map((user) => untilAnswered(() => shop.shell.execute(chargeWallet, user, charge(1_000, `round-${round}-key`)))),
      );
    killing = false;
    await killer;
    expect(await Promise.all(users.map(shop.balanceOf))).toEqual(users.map(() => rounds * 1_000));
    await shop.expectAudit();
  });

  test("a COMMIT whose answer is lost is found out, not repeated", async () => {
    await using shop = await openShop({ lanes: 1 });
    const [user] = await shop.shoppers(1, 0);
    // Committing takes a second, once; the backend is killed in the middle of it.
    await shop.sql`create table slow (left_over int)`;
    await shop.sql`insert into slow values (1)`;
    await shop.sql.unsafe(`
      create function slow_commit() returns trigger language plpgsql as $$ begin
        if exists (select from slow) then perform pg_sleep(1); end if;
        return null;
      end $$;
      create constraint trigger slow_commit after insert on outbox
        deferrable initially deferred for each row execute function slow_commit();`);
    const answer = shop.shell.execute(chargeWallet, user!, charge(5_000, "lost-answer"));
    await new Promise((resolve) => setTimeout(resolve, 400));
    await shop.sql`delete from slow`;
    const killed = await shop.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'stampede groups' and query ilike '%commit%' and state = 'active'
        and datname = current_database()`;
    expect(killed.length).toBe(1);
    expect(await answer).toEqual({ userId: user!, balance: 5_000 });
    expect(await shop.balanceOf(user!)).toBe(5_000);
    await shop.expectAudit();
  });

  test.each(["40001", "40P01", "55P03"])("a %s that does not end is told as OVERLOADED", async (code) => {
    await using shop = await openShop({ lanes: 1 });
    const [user] = await shop.shoppers(1, 0);
    await shop.sql.unsafe(`
      create function be_in_conflict() returns trigger language plpgsql as $$
      begin raise exception 'planted' using errcode = '${code}'; end $$;
      create trigger be_in_conflict before update on wallets
        for each row execute function be_in_conflict()`);
    const refused = shop.shell.execute(chargeWallet, user!, charge(1_000)).catch(reasonOf);
    expect(await refused).toBe("OVERLOADED");
    expect(await shop.balanceOf(user!)).toBe(0);
  });

  test("a locked wallet holds nobody up for longer than the lock's timeout", async () => {
    await using shop = await openShop({ lanes: 1 });
    const [held, free] = await shop.shoppers(2, 0);
    const { letGo } = await lockWallet(shop.sql, held!);
    const outcomes = await Promise.allSettled([
      shop.shell.execute(chargeWallet, held!, charge(1_000)),
      shop.shell.execute(chargeWallet, free!, charge(1_000)),
    ]);
    letGo();
    expect(outcomes.map((each) => (each.status === "fulfilled" ? "OK" : reasonOf(each.reason)))).toEqual([
      "OVERLOADED",
      "OK",
    ]);
    await shop.expectAudit();
  }, 20_000);
});

/** Holds a wallet's row until it is told to let go. */
const lockWallet = (sql: postgres.Sql, userId: string) =>
  new Promise<{ letGo: () => void }>((resolve, reject) => {
    const locked = sql.begin(async (tx) => {
      await tx`select from wallets where user_id = ${userId} for update`;
      await new Promise<void>((letGo) => resolve({ letGo }));
    });
    locked.catch(reject);
  });

const waitingForLocks = async (sql: postgres.Sql): Promise<number> => {
  const [row] = await sql`
    select count(*)::int as waiting from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`;
  return row!["waiting"] as number;
};

/** What a client does: the same key again until there is a definitive answer. */
const untilAnswered = async <T>(send: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (reasonOf(error) !== "OVERLOADED") throw error;
    }
  }
};

/** The shop's groups, once with a mishap instead. */
const withMishap = (
  { transactions }: { readonly transactions: Transactions },
  mishap: Transactions["run"],
): Transactions => {
  let happened = false;
  return {
    ...transactions,
    run: (body, config) => {
      if (happened) return transactions.run(body, config);
      happened = true;
      return mishap(body, config);
    },
  };
};

describe("an outcome nobody heard of", () => {
  const shellOn = (shop: Awaited<ReturnType<typeof openShop>>, transactions: Transactions) =>
    createShell({ transactions, soldOut: createSoldOut(shop.plain.db), lanes: 1, groupSizeMax: 256, waitingMax: 100 });

  test("of a COMMIT that happened is found by its key, and nothing is done again", async () => {
    await using shop = await openShop();
    const [user] = await shop.shoppers(1, 0);
    const unheard = withMishap(shop, async (body, config) => {
      await shop.transactions.run(body, config);
      throw new OutcomeUnknown("nobody heard the answer");
    });
    const answer = await shellOn(shop, unheard).execute(chargeWallet, user!, charge(5_000));
    expect(answer).toEqual({ userId: user!, balance: 5_000 });
    expect(await shop.balanceOf(user!)).toBe(5_000);
    await shop.expectAudit();
  });

  test("of a claim that was undone leaves the last coupon to the next one", async () => {
    await using shop = await openShop();
    const [first, next] = await shop.shoppers(2, 0);
    const couponId = await openCampaign(shop, 1);
    const undone = withMishap(shop, (body, config) =>
      shop.transactions.run(async (tx) => {
        let last: (() => PromiseLike<unknown>) | undefined;
        await body(tx, (named) => (last = named));
        await last?.();
        throw new Error("undone");
      }, config),
    );
    const shell = shellOn(shop, undone);
    const claim = (user: string) =>
      shell.execute(claimCoupon, user, { couponId, idempotencyKey: "the-last-one" });
    await expect(claim(first!)).rejects.toThrow("undone");
    expect(await claim(next!)).toMatchObject({ couponId, sequence: 1 });
    await shop.expectAudit();
  });
});

describe("keys", () => {
  test("a copy that waits for its twin answers what the twin was answered, not what is left", async () => {
    await using shop = await openShop();
    const [user] = await shop.shoppers(1, balanceMax - 1_000);
    const { letGo } = await lockWallet(shop.sql, user!);
    // Each in a group of its own, both behind the lock; there is room for one charge.
    const copies = [1, 2].map(async (place) => {
      await until(async () => (await waitingForLocks(shop.sql)) === place - 1);
      return shop.shell.execute(chargeWallet, user!, charge(1_000, "the-same-key"));
    });
    await until(async () => (await waitingForLocks(shop.sql)) === 2);
    letGo();
    const answer = { userId: user!, balance: balanceMax };
    expect(await Promise.all(copies)).toEqual([answer, answer]);
    await shop.expectAudit();
  });

  test.each([
    ["in groups", 256],
    ["each alone", 1],
  ])("one key for two inputs at once, %s: one is done, the other is refused", async (_how, groupSizeMax) => {
    await using shop = await openShop({ groupSizeMax });
    const users = await shop.shoppers(40, 0);
    const campaigns = [await openCampaign(shop, 100), await openCampaign(shop, 100)];
    const outcomes = await Promise.all(
      users.map(async (user) => {
        const both = await Promise.allSettled(
          campaigns.map((couponId) =>
            shop.shell.execute(claimCoupon, user, { couponId, idempotencyKey: "the-same-key" }),
          ),
        );
        return both.map((each) => (each.status === "fulfilled" ? "OK" : reasonOf(each.reason))).sort();
      }),
    );
    expect(outcomes).toEqual(users.map(() => ["IDEMPOTENCY_KEY_REUSED", "OK"]));
    await shop.expectAudit();
  });
});
