import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCode } from "./errors.ts";
import { sentTogether } from "./sent-together.ts";
import { openTestShop, type TestShop } from "./testing/shop.ts";
import type { Transaction } from "./transactions.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const one = (tx: Transaction) => tx.execute<{ n: number }>(sql`select 1 as n`).then(([row]) => row!.n);

/** Sent where it stands: a query of Drizzle is sent by its `then`. */
const raise = (tx: Transaction, code: string): Promise<unknown> =>
  tx
    .execute(sql.raw(`do $$ begin raise exception 'planted' using errcode = '${code}'; end $$`))
    .then((rows) => rows);

/** What is heard later than it was said. */
const lately = async <T>(promise: Promise<T>): Promise<T> => {
  try {
    return await promise;
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test("the answers come in the order of the statements, values among them as they are", async () => {
  const answers = await shop.transactions.run((tx) => sentTogether([one(tx), [], lately(one(tx))]));
  expect(answers).toEqual([1, [], 1]);
});

test("a statement of Drizzle is sent once, also when its error is looked for", async () => {
  let sent = 0;
  const lazy = (run: () => Promise<unknown>) => ({
    // oxlint-disable-next-line unicorn/no-thenable -- as Drizzle's statements are
    then: (...settled: Parameters<Promise<unknown>["then"]>) => {
      sent += 1;
      return run().then(...settled);
    },
  });
  const outcome = shop.transactions.run((tx) =>
    sentTogether([lazy(() => lately(raise(tx, "23505"))), lazy(() => one(tx))]),
  );
  expect(errorCode(await outcome.catch((error: unknown) => error))).toBe("23505");
  expect(sent).toBe(2);
});

describe("when one fails, its reason is told", () => {
  const codeOf = (body: (tx: Transaction) => Promise<unknown>) =>
    shop.transactions.run(body).then(
      () => "nothing",
      (error: unknown) => errorCode(error),
    );

  test("though a later one is heard first", async () => {
    const code = await codeOf((tx) => sentTogether([lately(raise(tx, "23505")), one(tx), one(tx)]));
    expect(code).toBe("23505");
  });

  test("through two layers of them", async () => {
    const inner = (tx: Transaction) => sentTogether([one(tx), lately(raise(tx, "55P03")), one(tx)]);
    expect(await codeOf((tx) => sentTogether([lately(inner(tx)), one(tx)]))).toBe("55P03");
  });

  test("and a deadlock is tried again", async () => {
    let runs = 0;
    await shop.transactions.run(async (tx) => {
      if (++runs === 1) await sentTogether([lately(raise(tx, "40P01")), one(tx)]);
    });
    expect(runs).toBe(2);
  });

  test("and 25P02 itself, when nothing else is to be heard", async () => {
    const code = await codeOf(async (tx) => {
      await raise(tx, "22012").catch(() => {});
      await sentTogether([one(tx), one(tx)]);
    });
    expect(code).toBe("25P02");
  });
});
