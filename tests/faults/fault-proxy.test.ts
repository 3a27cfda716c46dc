import { createTestDatabase } from "@stampede/db/testing/database";
import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faults, startFaultProxy, type Fault, type FaultProxy, type Statement } from "../support/fault-proxy.ts";
import { createSplitter } from "../support/postgres-frames.ts";

let proxy: FaultProxy;
/** Somebody who goes through the proxy, with one connection. */
let client: Sql;
/** Somebody who does not. */
let bystander: Sql;
let closing: (() => PromiseLike<unknown>)[] = [];

beforeEach(async () => {
  const database = await createTestDatabase();
  closing.push(() => database[Symbol.asyncDispose]());
  proxy = await startFaultProxy(database.url);
  closing.push(() => proxy[Symbol.asyncDispose]());
  bystander = postgres(database.url, { max: 1, onnotice: () => {} });
  closing.push(() => bystander.end({ timeout: 1 }));
  client = through();
  await bystander`create table notes (id int primary key, text text)`;
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
});

function through(): Sql {
  const sql = postgres(proxy.url, {
    max: 1,
    onnotice: () => {},
    fetch_types: false,
    connection: { application_name: "through" },
  });
  closing.push(() => sql.end({ timeout: 0 }));
  return sql;
}

/** What became of a write: as its client was told, and as it is. */
async function write(id: number): Promise<{ told: string | undefined; written: boolean }> {
  const answer = client.begin(async (tx) => {
    await tx`insert into notes values (${id}, 'x')`;
  });
  const told = await Promise.race([
    answer.then(
      () => "committed",
      (error: { code?: string }) => error.code,
    ),
    sleep(500, "nothing"),
  ]);
  // Nothing that is still on its way may be missed.
  await sleep(50);
  const rows = await bystander`select from notes where id = ${id}`;
  return { told, written: rows.length === 1 };
}

const isCommit = ({ kind }: Statement) => kind === "commit";

test.each([
  ["cutBefore", { told: "ECONNRESET", written: false }],
  ["cutDuring", { told: "ECONNRESET", written: true }],
  ["cutAfter", { told: "ECONNRESET", written: true }],
  ["holeBefore", { told: "nothing", written: false }],
  ["holeAfter", { told: "nothing", written: true }],
] as const)("a COMMIT that meets %s", async (fault, expected) => {
  const struck = proxy.strike(fault, isCommit);
  expect(await write(1)).toEqual(expected);
  const { settled } = await struck;
  if (fault === "holeBefore") proxy.cut();
  expect(await settled).toEqual({ status: expected.written ? "done" : "lost" });
  expect(proxy.done).toEqual({
    ...Object.fromEntries(faults.map((name) => [name, 0])),
    refuse: 0,
    [fault]: 1,
  });
  // A strike is for one statement: the next writes are spared.
  client = through();
  expect(await write(2)).toEqual({ told: "committed", written: true });
});

test.each(["begin", "insert into notes values ($1, 'x')", "commit"])(
  "a refused %s: the client hears why, nothing is written, the connection goes on",
  async (refused) => {
    let times = 0;
    proxy.judge(({ text }) =>
      text.trim() === refused && times++ === 0 ? { refuse: "40001" } : "pass",
    );
    expect(await write(1)).toEqual({ told: "40001", written: false });
    expect(await write(2)).toEqual({ told: "committed", written: true });
    expect(proxy.connections()).toHaveLength(1);
    expect(proxy.done.refuse).toBe(1);
  },
);

test("a refusal in the middle of a pipeline comes after the answers before it", async () => {
  await client`select 1 as one`;
  proxy.judge(({ text }) => (text === "select 2 as two" ? { refuse: "40P01" } : "pass"));
  const answers = await Promise.allSettled([
    client`select 1 as one, pg_sleep(0.1)`,
    client`select 2 as two`,
    client`select 3 as three`,
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const [, second] = answers;
  expect(second!.status === "rejected" && (second!.reason as { code: string }).code).toBe("40P01");
});

test("a black hole keeps the server waiting, with its locks, until it is closed", async () => {
  void proxy.strike("holeBefore", isCommit);
  await write(1);
  const waiting = () => bystander`
    select from pg_stat_activity where application_name = 'through' and state = 'idle in transaction'`;
  await client.end({ timeout: 0 });
  await sleep(100);
  expect(await waiting()).toHaveLength(1);
  expect(proxy.connections()).toHaveLength(1);
  expect(proxy.cut()).toBe(1);
  await expect.poll(waiting).toHaveLength(0);
  expect(proxy.connections()).toEqual([]);
});

test("the judge sees every statement with its text, kind and connection, in order", async () => {
  const seen: Statement[] = [];
  proxy.judge((statement) => {
    seen.push(statement);
    return "pass";
  });
  for (const id of [1, 2])
    await client.begin(async (tx) => {
      await Promise.all([
        tx`insert into notes values (${id}, 'a text')`,
        tx`select ${id}::int as id`,
        tx.unsafe("savepoint one"),
        tx.unsafe("rollback to one"),
      ]);
    });
  await client.begin((tx) => tx.unsafe("select 1/0")).catch(() => {});
  const each = [
    ["begin", "begin "],
    ["other", "insert into notes values ($1, 'a text')"],
    ["other", "select $1::int as id"],
    ["other", "savepoint one"],
    ["other", "rollback to one"],
    ["commit", "commit"],
  ];
  const failed = [["begin", "begin "], ["other", "select 1/0"], ["rollback", "rollback"]];
  expect(seen.map(({ kind, text }) => [kind, text])).toEqual([...each, ...each, ...failed]);
  expect(seen.map(({ ordinal }) => ordinal)).toEqual(seen.map((_statement, index) => index + 1));
  const [{ pid } = { pid: 0 }] = await client<{ pid: number }[]>`select pg_backend_pid() as pid`;
  expect(seen[0]!.connection).toEqual({ id: 1, application: "through", backendPid: pid });
  const settled = await Promise.all(seen.map((statement) => statement.settled));
  expect(settled.filter(({ status }) => status !== "done")).toEqual([
    { status: "failed", code: "22012" },
  ]);
});

test("a statement is held for as long as its judge thinks, and what follows waits behind it", async () => {
  const order: string[] = [];
  const releases: ((verdict: "pass") => void)[] = [];
  proxy.judge(({ text }) => {
    order.push(`asked ${text}`);
    return new Promise((resolve) => releases.push(resolve));
  });
  const answers = Promise.all(
    ["select 1", "select 2"].map((text) =>
      client.unsafe(text).then(() => order.push(`answered ${text}`)),
    ),
  );
  await expect.poll(() => releases.length).toBe(1);
  await sleep(50);
  expect(order).toEqual(["asked select 1"]);
  releases[0]!("pass");
  await expect.poll(() => releases.length).toBe(2);
  await expect.poll(() => order).toContain("answered select 1");
  releases[1]!("pass");
  await answers;
  expect(order.at(-1)).toBe("answered select 2");
});

test("two clients go in the order that a scheduler wants, not in the one they came in", async () => {
  const other = through();
  await Promise.all([client`select 1`, other`select 1`]);
  const waiting: ((verdict: "pass") => void)[] = [];
  proxy.judge(() => new Promise((resolve) => waiting.push(resolve)));
  const done: string[] = [];
  const first = client.unsafe("select 1").then(() => done.push("first"));
  await expect.poll(() => waiting.length).toBe(1);
  const second = other.unsafe("select 2").then(() => done.push("second"));
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]!("pass");
  await second;
  waiting[0]!("pass");
  await first;
  expect(done).toEqual(["second", "first"]);
});

test("sliced into pieces of any size, everything arrives as it was sent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.string({ maxLength: 200 }), async (size, text) => {
      proxy.weather({ sliceBytes: size });
      const clean = text.replaceAll("\0", "");
      const rows = await client`select n, ${clean}::text as text from generate_series(1, 30) n`;
      expect([...rows]).toEqual(
        Array.from({ length: 30 }, (_none, index) => ({ n: index + 1, text: clean })),
      );
    }),
    { numRuns: 30 },
  );
});

test("a delay is on each way, and does not add up over what is sent together", async () => {
  await client`select 1`;
  const startedAt = performance.now();
  proxy.weather({ delayMs: 60 });
  await Promise.all(Array.from({ length: 10 }, () => client`select 1`));
  const took = performance.now() - startedAt;
  expect(took).toBeGreaterThan(115);
  expect(took).toBeLessThan(115 * 5);
});

test("connections are cut or holed by whose they are", async () => {
  const other = postgres(proxy.url, {
    max: 1,
    fetch_types: false,
    connection: { application_name: "other" },
  });
  closing.push(() => other.end({ timeout: 0 }));
  await Promise.all([client`select 1`, other`select 1`]);
  expect(proxy.cut(({ application }) => application === "other")).toBe(1);
  expect(await client`select 1 as one`).toEqual([{ one: 1 }]);
  expect(proxy.hole(({ application }) => application === "through")).toBe(1);
  const answer = client`select 1`.then(
    () => "answered",
    () => "failed",
  );
  expect(await Promise.race([answer, sleep(200, "nothing")])).toBe("nothing");
});

test("the database goes away and comes back at the same address", async () => {
  await client`select 1`;
  await proxy.leave();
  const refused = through();
  await expect(refused`select 1`).rejects.toThrow(/ECONNREFUSED/);
  await proxy.comeBack();
  expect(await through()`select 1 as one`).toEqual([{ one: 1 }]);
});

test("frames are the same however the bytes are sliced", () => {
  const frame = fc
    .tuple(fc.constantFrom("Q", "P", "S", "Z"), fc.uint8Array({ maxLength: 50 }))
    .map(([type, body]) => {
      const bytes = Buffer.alloc(5 + body.length, type);
      bytes.writeUInt32BE(4 + body.length, 1);
      bytes.set(body, 5);
      return bytes;
    });
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.nat(60)), (frames, cuts) => {
      const splitter = createSplitter(false);
      let rest = Buffer.concat(frames);
      const got: Buffer[] = [];
      for (const size of [...cuts, rest.length]) {
        got.push(...splitter.split(rest.subarray(0, size)).map(({ bytes }) => bytes));
        rest = rest.subarray(size);
      }
      got.push(...splitter.split(rest).map(({ bytes }) => bytes));
      expect(got).toEqual(frames);
    }),
  );
});

test("what was counted is what was done", async () => {
  const wanted: Fault[] = ["cutBefore", "cutAfter", "cutBefore"];
  for (const [id, fault] of wanted.entries()) {
    client = through();
    void proxy.strike(fault, isCommit);
    await write(id);
  }
  expect(proxy.done).toMatchObject({ cutBefore: 2, cutAfter: 1, cutDuring: 0 });
});

describe("while a connection is cut", () => {
  test("what was held is settled as lost, and the judge is asked no more", async () => {
    let asked = 0;
    const statement = new Promise<Statement>((met) =>
      proxy.judge((each) => {
        asked += 1;
        met(each);
        return new Promise(() => {});
      }),
    );
    const answer = client`select 1`.catch((error: { code?: string }) => error.code);
    const held = await statement;
    proxy.cut();
    expect(await held.settled).toEqual({ status: "lost" });
    expect(await answer).toBe("ECONNRESET");
    expect(asked).toBe(1);
  });
});
