import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import postgres, { type Sql } from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPlain } from "./plain.ts";
import { errorCode, isConnectionFailure, violatedConstraint } from "./errors.ts";
import { createTestDatabase } from "./testing/database.ts";
import { promised } from "./testing/promised.ts";
import type { TestDatabase } from "./testing/server.ts";
import { until } from "./testing/shop.ts";
import {
  DeadlineMissed,
  openTransactions,
  OutcomeUnknown,
  type Transaction,
  type Transactions,
  type TransactionsOptions,
} from "./transactions.ts";
import { ConnectionsBusy } from "./slots.ts";

let database: TestDatabase;
let bystander: Sql;
let opened: Transactions[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  bystander = postgres(database.url, { max: 2, onnotice: () => {} });
  await bystander`create table pots (id int primary key, won int not null)`;
  // What a row costs at COMMIT, in seconds; below 0 the COMMIT is refused.
  await bystander`create table slow (seconds float8 not null)`;
  await bystander.unsafe(`
    create function be_slow() returns trigger language plpgsql as $$
    begin
      if new.seconds < 0 then raise exception 'no' using errcode = '23514', constraint = 'swift';
      end if;
      perform pg_sleep(new.seconds);
      return null;
    end $$;
    create constraint trigger be_slow after insert on slow
      deferrable initially deferred for each row execute function be_slow()`);
});
beforeEach(() => bystander`
  insert into pots values (1, 100), (2, 0) on conflict (id) do update set won = excluded.won`);
afterEach(async () => {
  await Promise.all(opened.map((transactions) => transactions.close()));
  opened = [];
});
afterAll(async () => {
  await bystander.end({ timeout: 1 });
  await database[Symbol.asyncDispose]();
});

const open = (options: Partial<TransactionsOptions> = {}): Transactions => {
  const transactions = openTransactions({
    url: database.url,
    name: "stampede test",
    connections: 1,
    ...options,
  });
  opened.push(transactions);
  return transactions;
};

const pots = async () => {
  const rows = await bystander<{ won: number }[]>`select won from pots order by id`;
  return rows.map(({ won }) => won);
};

const add = (tx: Transaction, id: number, won: number) =>
  tx.execute(sql`update pots set won = won + ${won} where id = ${id}`);

const pidOf = async (tx: Transaction): Promise<number> => {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return row!.pid;
};

const raise = (tx: Transaction, code: string) =>
  tx.execute(sql.raw(`do $$ begin raise exception 'planted' using errcode = '${code}'; end $$`));

const nap = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("the result of the body is told once it is committed", async () => {
  const transactions = open();
  expect(await transactions.run((tx) => add(tx, 1, 5).then(() => "done"))).toBe("done");
  expect(await pots()).toEqual([105, 0]);
});

test("what the body throws is told as it is, and nothing has happened", async () => {
  const transactions = open();
  const thrown = new RangeError("mine");
  const outcome = transactions.run(async (tx) => {
    await add(tx, 1, 5);
    throw thrown;
  });
  await expect(outcome).rejects.toBe(thrown);
  expect(await pots()).toEqual([100, 0]);
});

test.each(["40001", "40P01"])("after %s the whole body runs again", async (code) => {
  const retried: string[] = [];
  const transactions = open({ onRetry: (told) => retried.push(told) });
  let runs = 0;
  const answer = await transactions.run(async (tx) => {
    await add(tx, 1, 1);
    if (++runs < 3) await raise(tx, code);
    return runs;
  });
  expect(answer).toBe(3);
  expect(retried).toEqual([code, code]);
  expect(await pots()).toEqual([101, 0]);
});

test("a conflict that does not end is told after five runs of the body", async () => {
  const transactions = open();
  let runs = 0;
  const outcome = transactions.run(async (tx) => {
    runs++;
    await raise(tx, "40001");
  });
  expect(errorCode(await outcome.catch((error: unknown) => error))).toBe("40001");
  expect(runs).toBe(5);
});

test("what a failed body left running writes nothing afterwards", async () => {
  const transactions = open();
  const over = promised();
  const straggler = promised<unknown>();
  const outcome = transactions.run(async (tx) => {
    await add(tx, 1, -50);
    const slower = over.promise.then(() => add(tx, 2, 50));
    slower.then(straggler.resolve, straggler.reject);
    straggler.promise.catch(() => {});
    throw new Error("the faster half failed");
  });
  await expect(outcome).rejects.toThrow("the faster half failed");
  over.resolve();
  await expect(straggler.promise).rejects.toThrow();
  expect(await pots()).toEqual([100, 0]);
});

test("no other failure runs the body again", async () => {
  const transactions = open();
  for (const code of ["23505", "55P03", "57014", "XX000"]) {
    let runs = 0;
    const outcome = transactions.run(async (tx) => {
      runs++;
      await raise(tx, code);
    });
    expect(errorCode(await outcome.catch((error: unknown) => error))).toBe(code);
    expect(runs).toBe(1);
  }
});

test("two bodies that deadlock both get their way, each once", async () => {
  const retried: string[] = [];
  const transactions = open({
    connections: 2,
    settings: { deadlock_timeout: 20 },
    onRetry: (code) => retried.push(code),
  });
  const bothHold = promised();
  let holding = 0;
  const move = (from: number, to: number) =>
    transactions.run(async (tx) => {
      await add(tx, from, -10);
      if (++holding === 2) bothHold.resolve();
      await bothHold.promise;
      await add(tx, to, 10);
    });
  await Promise.all([move(1, 2), move(2, 1)]);
  expect(retried).toEqual(["40P01"]);
  expect(await pots()).toEqual([100, 0]);
});

test("serializable bodies that cross each other add up", async () => {
  const transactions = open({ connections: 2 });
  const increment = () =>
    transactions.run(
      async (tx) => {
        const [row] = await tx.execute<{ won: number }>(sql`select won from pots where id = 1`);
        await tx.execute(sql`update pots set won = ${row!.won + 1} where id = 1`);
      },
      { isolationLevel: "serializable" },
    );
  await Promise.all([increment(), increment(), increment(), increment()]);
  expect(await pots()).toEqual([104, 0]);
});

test("who finds no connection free waits in line, first come first served", async () => {
  const transactions = open();
  const served: number[] = [];
  const callers = Array.from({ length: 20 }, (_, caller) =>
    transactions.run((tx) => pidOf(tx).then(() => served.push(caller))),
  );
  await Promise.all(callers);
  expect(served).toEqual(Array.from({ length: 20 }, (_, caller) => caller));
});

test("as many run at once as there are connections, and the load tells how many wait", async () => {
  const transactions = open({ connections: 2 });
  let running = 0;
  const atOnce: number[] = [];
  const callers = Array.from({ length: 20 }, () =>
    transactions.run(async (tx) => {
      atOnce.push(++running);
      await tx.execute(sql`select pg_sleep(0.002)`);
      running--;
    }),
  );
  await nap(0);
  expect(transactions.load()).toEqual({ busy: 2, waiting: 18 });
  await Promise.all(callers);
  expect(Math.max(...atOnce)).toBe(2);
  expect(transactions.load()).toEqual({ busy: 0, waiting: 0 });
});

test("when enough wait, the next one is turned away at once and nothing is done", async () => {
  const transactions = open({ waitingMax: 2 });
  const { promise, resolve } = promised();
  const busy = transactions.run(() => promise);
  const waiting = [1, 2].map(() => transactions.run((tx) => add(tx, 1, 1)));
  await expect(transactions.run((tx) => add(tx, 1, 1_000))).rejects.toBeInstanceOf(
    ConnectionsBusy,
  );
  resolve();
  await Promise.all([busy, ...waiting]);
  expect(await pots()).toEqual([102, 0]);
  await transactions.run((tx) => add(tx, 1, 1));
});

test("a failed body gives its connection to the next in line", async () => {
  const transactions = open();
  const outcomes = await Promise.allSettled([
    transactions.run(() => Promise.reject(new Error("first"))),
    transactions.run((tx) => add(tx, 1, 1)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(transactions.load()).toEqual({ busy: 0, waiting: 0 });
});

test("a body that never ends is given up at its deadline, and its locks are free", async () => {
  const transactions = open({ deadlineMs: 500 });
  const hung = transactions.run(async (tx) => {
    await add(tx, 1, 1_000);
    await new Promise(() => {});
  });
  await expect(hung).rejects.toBeInstanceOf(DeadlineMissed);
  expect(await transactions.run((tx) => add(tx, 1, 1).then(() => "works"))).toBe("works");
  expect(await pots()).toEqual([101, 0]);
});

test("a body that comes back after its deadline writes nothing", async () => {
  const transactions = open({ deadlineMs: 100 });
  const comesBack = promised<unknown>();
  const late = transactions.run(async (tx) => {
    await add(tx, 1, -50);
    await nap(300);
    await add(tx, 2, 50).then(comesBack.resolve, comesBack.reject);
  });
  comesBack.promise.catch(() => {});
  await expect(late).rejects.toBeInstanceOf(DeadlineMissed);
  await expect(comesBack.promise).rejects.toThrow();
  await nap(50);
  expect(await pots()).toEqual([100, 0]);
});

test.each([-2, -1, 0, 1, 2, 3, 4])(
  "a body that ends %i ms after its deadline commits only if its caller is not told otherwise",
  async (late) => {
    const transactions = open({ deadlineMs: 60 });
    const deadline = Date.now() + 60;
    const outcome = transactions.run(async (tx) => {
      await add(tx, 1, 1);
      const end = nap(deadline - Date.now() + late);
      // Nothing else gets a turn until both are due, so that one follows right on the other.
      while (Date.now() < deadline + 6);
      await end;
    });
    const told = await outcome.then(
      () => "committed",
      (error: Error) => error.name,
    );
    await nap(50);
    const [won] = await pots();
    expect(["committed 101", "DeadlineMissed 100", "OutcomeUnknown 100", "OutcomeUnknown 101"])
      .toContain(`${told} ${won}`);
  },
);

test("a missed deadline costs no connection, however often", async () => {
  const transactions = open({ connections: 2, deadlineMs: 500 });
  for (let round = 0; round < 3; round++) {
    const hung = [1, 2].map(() => transactions.run(() => new Promise(() => {})));
    await Promise.allSettled(hung);
  }
  expect(transactions.load()).toEqual({ busy: 0, waiting: 0 });
  const bothIn = promised();
  let inside = 0;
  const meet = () =>
    transactions.run(async () => {
      if (++inside === 2) bothIn.resolve();
      await bothIn.promise;
    });
  await Promise.all([meet(), meet()]);
  const backends = () => bystander`
    select from pg_stat_activity
    where application_name = 'stampede test' and datname = ${database.name}`;
  await until(async () => (await backends()).length === 2);
});

test("a deadline that passes in COMMIT leaves the outcome unknown", async () => {
  const transactions = open({ deadlineMs: 500 });
  const outcome = transactions.run((tx) => tx.execute(sql`insert into slow values (3)`));
  await expect(outcome).rejects.toBeInstanceOf(OutcomeUnknown);
  expect(await transactions.run(() => Promise.resolve("works"))).toBe("works");
});

test("a connection that dies in COMMIT leaves the outcome unknown", async () => {
  const transactions = open();
  const pid = promised<number>();
  const outcome = transactions.run(async (tx) => {
    pid.resolve(await pidOf(tx));
    await add(tx, 1, 1);
    await tx.execute(sql`insert into slow values (5)`);
  });
  outcome.catch(() => {});
  const asleep = async () => {
    const rows = await bystander`
      select from pg_stat_activity where pid = ${await pid.promise} and wait_event = 'PgSleep'`;
    return rows.length === 1;
  };
  await until(asleep);
  await bystander`select pg_terminate_backend(${await pid.promise})`;
  await expect(outcome).rejects.toBeInstanceOf(OutcomeUnknown);
  expect(await transactions.run((tx) => add(tx, 1, 2).then(() => "works"))).toBe("works");
  expect(await pots()).toEqual([102, 0]);
});

test("a connection that dies before COMMIT is told as lost: nothing has happened", async () => {
  const transactions = open();
  const outcome = transactions.run(async (tx) => {
    await add(tx, 1, 1);
    await bystander`select pg_terminate_backend(${await pidOf(tx)})`;
    await add(tx, 1, 1);
  });
  const error: unknown = await outcome.catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(OutcomeUnknown);
  expect(isConnectionFailure(error)).toBe(true);
  expect(await transactions.run((tx) => add(tx, 1, 2).then(() => "works"))).toBe("works");
  expect(await pots()).toEqual([102, 0]);
});

test("the next transaction works at once, whenever a connection was lost", async () => {
  const transactions = open();
  const kill = (pid: number) => bystander`select pg_terminate_backend(${pid})`;
  const deaths: ((tx: Transaction) => Promise<unknown>)[] = [
    async (tx) => kill(await pidOf(tx)),
    async (tx) => {
      await kill(await pidOf(tx));
      await add(tx, 1, 1);
    },
    async (tx) => {
      const pid = await pidOf(tx);
      await Promise.all([tx.execute(sql`select pg_sleep(1)`), nap(10).then(() => kill(pid))]);
    },
    async (tx) => {
      const pid = await pidOf(tx);
      await Promise.all([add(tx, 1, 1), add(tx, 1, 1), kill(pid), add(tx, 1, 1)]);
    },
    async (tx) => {
      await kill(await pidOf(tx));
      await nap(20);
      await add(tx, 1, 1);
    },
  ];
  for (let round = 0; round < 4; round++)
    for (const die of deaths) {
      await transactions.run(die).catch(() => {});
      const startedAt = performance.now();
      for (let next = 0; next < 3; next++) await transactions.run((tx) => add(tx, 2, 1));
      expect(performance.now() - startedAt).toBeLessThan(4_000);
    }
  expect(await pots()).toEqual([100, 4 * deaths.length * 3]);
});

describe("the statement that is sent last, together with COMMIT", () => {
  /** Two runs of the same: the first prepares the statements, and those go out with nothing behind them. */
  const twice = async (transactions: Transactions, last: (tx: Transaction) => Promise<unknown>) => {
    const run = () =>
      transactions.run(async (tx, lastly) => {
        await add(tx, 2, 1);
        lastly(() => last(tx));
        return "done";
      });
    await run();
    return run();
  };

  /** A line to the database, and how often the talk on it has gone from us to the server. */
  const listenIn = async () => {
    let turns = 0;
    let oursWasLast = false;
    const { hostname, port } = new URL(database.url);
    const line = createServer((ours) => {
      const theirs = connect(Number(port), hostname);
      ours.on("data", () => {
        if (!oursWasLast) turns++;
        oursWasLast = true;
      });
      theirs.on("data", () => (oursWasLast = false));
      for (const socket of [ours, theirs]) socket.on("error", () => {});
      ours.pipe(theirs).pipe(ours);
    });
    await once(line.listen(0, "127.0.0.1"), "listening");
    const url = new URL(database.url);
    url.port = String((line.address() as AddressInfo).port);
    return { url: url.href, turns: () => turns, [Symbol.dispose]: () => void line.close() };
  };

  test("is one round trip with it", async () => {
    using line = await listenIn();
    const transactions = open({ url: line.url });
    const last = (tx: Transaction) => tx.execute(sql`select pg_sleep(0.1)`);
    await twice(transactions, last);
    const before = line.turns();
    await transactions.run(async (tx, lastly) => {
      await add(tx, 2, 1);
      lastly(() => last(tx));
    });
    // BEGIN, the addition, and both.
    expect(line.turns() - before).toBe(3);
    await transactions.close();
  });

  test("has happened when the result is told", async () => {
    const transactions = open();
    expect(await twice(transactions, (tx) => add(tx, 1, 5))).toBe("done");
    expect(await pots()).toEqual([110, 2]);
  });

  test("undoes everything when it fails, is told as it is, and leaves a connection that works", async () => {
    const transactions = open();
    const fails = (tx: Transaction) => tx.execute(sql`insert into pots values (1, 1)`);
    for (let round = 0; round < 3; round++) {
      const error: unknown = await twice(transactions, fails).catch((thrown: unknown) => thrown);
      expect(violatedConstraint(error)).toBe("pots_pkey");
    }
    expect(await pots()).toEqual([100, 0]);
    await transactions.run((tx) => add(tx, 1, 1));
    expect(await pots()).toEqual([101, 0]);
  });

  test("runs the whole body again after a conflict", async () => {
    const retried: string[] = [];
    const transactions = open({ onRetry: (code) => retried.push(code) });
    let runs = 0;
    await twice(transactions, (tx) => (++runs === 2 ? raise(tx, "40P01") : add(tx, 1, 5)));
    expect(retried).toEqual(["40P01"]);
    expect(await pots()).toEqual([110, 2]);
  });

  test.each([
    ["on its way", () => {}],
    // A new statement takes the line until the server has described it.
    ["kept by the driver", (tx: Transaction) => void tx.execute(sql`select 1 as new`).execute()],
  ])("is not sent again behind COMMIT when the server no longer knows it, %s", async (_how, before) => {
    const transactions = open();
    await twice(transactions, (tx) => add(tx, 1, 5));
    const forgotten = transactions.run(async (tx, lastly) => {
      const [known] = await tx.execute<{ name: string }>(
        sql`select name from pg_prepared_statements where statement like 'update pots%'`,
      );
      await tx.execute(sql`deallocate ${sql.identifier(known!.name)}`);
      before(tx);
      lastly(() => add(tx, 1, 1_000));
    });
    expect(errorCode(await forgotten.catch((error: unknown) => error))).toBe("26000");
    expect(await pots()).toEqual([110, 2]);
  });

  test("may be longer than what the line takes at once", async () => {
    const transactions = open();
    const long = (tx: Transaction) =>
      tx.execute(sql`update pots set won = length(${"x".repeat(5_000_000)}) where id = 1`);
    expect(await twice(transactions, long)).toBe("done");
    expect(await pots()).toEqual([5_000_000, 2]);
  });

  test("writes nothing when it comes too late to go with it", async () => {
    const transactions = open();
    const outcome = transactions.run(async (tx, lastly) => {
      await add(tx, 2, 1);
      lastly(() => nap(20).then(() => add(tx, 1, 5)));
    });
    await expect(outcome).rejects.toMatchObject({ cause: { message: "the transaction is over" } });
    const [first] = await pots();
    expect(first).toBe(100);
  });

  test("leaves the outcome unknown when the connection dies in it, or the deadline passes", async () => {
    const transactions = open({ deadlineMs: 1_000 });
    const sleep = (tx: Transaction) => tx.execute(sql`select pg_sleep(3)`);
    await expect(transactions.run(async (tx, lastly) => lastly(() => sleep(tx)))).rejects.toBeInstanceOf(
      OutcomeUnknown,
    );
    const pid = promised<number>();
    const dying = transactions.run(async (tx, lastly) => {
      pid.resolve(await pidOf(tx));
      await add(tx, 1, 1);
      lastly(() => sleep(tx));
    });
    dying.catch(() => {});
    await nap(100);
    await bystander`select pg_terminate_backend(${await pid.promise})`;
    await expect(dying).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(await transactions.run((tx) => add(tx, 1, 2).then(() => "works"))).toBe("works");
    expect(await pots()).toEqual([102, 0]);
  });
});

test("a COMMIT that the server refuses is told as refused, not as unknown", async () => {
  const transactions = open();
  const outcome = transactions.run(async (tx) => {
    await add(tx, 1, 1);
    await tx.execute(sql`insert into slow values (-1)`);
  });
  const error: unknown = await outcome.catch((thrown: unknown) => thrown);
  expect(violatedConstraint(error)).toBe("swift");
  expect(await pots()).toEqual([100, 0]);
});

test("the wires are tripped by a BEGIN inside a transaction and a COMMIT outside", async () => {
  const tripped: string[] = [];
  const transactions = open({ onTripwire: (message) => tripped.push(message.slice(0, 5)) });
  await transactions.run(async (tx) => {
    await tx.execute(sql`begin`);
    await tx.execute(sql`commit`);
  });
  expect(tripped).toEqual(["25001", "25P01"]);
});

test("other warnings trip nothing", async () => {
  const tripped: string[] = [];
  const transactions = open({ onTripwire: (message) => tripped.push(message) });
  await transactions.run((tx) => tx.execute(sql`drop table if exists nothing_of_that_name`));
  expect(tripped).toEqual([]);
});

test("a server that cannot be reached is told as such, and the line moves on", async () => {
  const url = Object.assign(new URL(database.url), { port: "1" }).href;
  const transactions = open({ url });
  const errors = await Promise.all(
    [1, 2].map(() => transactions.run((tx) => pidOf(tx)).catch((thrown: unknown) => thrown)),
  );
  expect(errors.map(isConnectionFailure)).toEqual([true, true]);
});

test("every connection has the shop's limits and its name", async () => {
  const transactions = open({ settings: { statement_timeout: 1_234 } });
  const [row] = await transactions.run((tx) =>
    tx.execute(sql`
      select current_setting('lock_timeout') as lock,
        current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle,
        current_setting('TimeZone') as zone, current_setting('application_name') as name,
        current_setting('transaction_isolation') as isolation`),
  );
  expect(row).toEqual({
    lock: "3s",
    statement: "1234ms",
    idle: "5s",
    zone: "UTC",
    name: "stampede test",
    isolation: "read committed",
  });
});

test("the plain connections run no transactions", async () => {
  const { db, close } = openPlain(database.url, 1);
  const refusal = "the plain connections run no transactions; use Transactions";
  await expect((async () => db.transaction(() => Promise.resolve()))()).rejects.toThrow(refusal);
  expect(await db.execute(sql`select 1 as works`)).toEqual([{ works: 1 }]);
  await close();
});
