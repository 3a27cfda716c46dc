import { setTimeout as sleep } from "node:timers/promises";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authSecret } from "../support/api-process.ts";
import { createClient, newKey, refusalOf } from "../support/client.ts";
import { startFaultProxy, type FaultProxy } from "../support/fault-proxy.ts";
import { openHttp } from "../support/http.ts";
import { freePort, startProgram } from "../support/program.ts";
import { race, runners, tally } from "../support/race.ts";
import { errorTable, expectRefused } from "../support/refused.ts";
import { startShop, type Shop } from "../support/shop.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ variables: { LOG_LEVEL: "info" } });
});
afterAll(() => shop[Symbol.asyncDispose]());

const get = (path: string, headers = {}, at = shop) =>
  at.http.send(`${at.url}${path}`, { headers });

describe("health", () => {
  test("live and ready say so", async () => {
    for (const [path, status] of [
      ["live", "ok"],
      ["ready", "ready"],
    ] as const) {
      const answered = await get(`/health/${path}`);
      expect(answered.status).toBe(200);
      expect(answered.headers["content-type"]).toBe("application/json");
      expect(JSON.parse(answered.text)).toEqual({ status });
    }
  });
});

test("metrics have the names that dashboards are built on", async () => {
  const shopper = await shop.shopper();
  await shopper.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() });
  const refused = shopper.api.wallet.charge.mutate({ amount: 1, idempotencyKey: newKey() });
  await expect(refused).rejects.toThrow();
  await shop.logWritten();
  const { status, headers, text } = await get("/metrics");
  expect(status).toBe(200);
  expect(headers["content-type"]).toContain("text/plain");
  const names = new Set(text.match(/^(stampede_[a-z_]+|process_cpu_seconds_total)/gm));
  for (const name of [
    "stampede_procedure_seconds_bucket",
    "stampede_procedure_seconds_count",
    "stampede_group_size_bucket",
    "stampede_group_seconds_bucket",
    "stampede_poisoned_groups_total",
    "stampede_relayed_entries_total",
    "stampede_commands_waiting",
    "stampede_transactions_busy",
    "stampede_transactions_waiting",
    "stampede_outbox_waiting",
    "stampede_outbox_oldest_seconds",
    "process_cpu_seconds_total",
  ])
    expect(names).toContain(name);
  for (const [outcome, count] of [
    ["OK", 1],
    ["CHARGE_BELOW_MINIMUM", 1],
  ])
    expect(text).toContain(
      `stampede_procedure_seconds_count{procedure="wallet.charge",outcome="${outcome}"} ${count}\n`,
    );
  expect(text).toMatch(/^stampede_outbox_waiting 0$/m);
});

describe("a request's id", () => {
  test("is in the answer's header, the error's data and the log's one line", async () => {
    const answered = await get("/trpc/product.byId?input=%7B%22productId%22%3A%22x%22%7D");
    const requestId = answered.headers["x-request-id"];
    const { error } = JSON.parse(answered.text) as { error: { data: { requestId: string } } };
    expect(error.data.requestId).toBe(requestId);
    const lines = () => shop.apis[0]!.log().filter((line) => line["requestId"] === requestId);
    await expect.poll(lines, { timeout: 2_000 }).toMatchObject([
      {
        level: 30,
        procedure: "product.byId",
        outcome: "PRODUCT_NOT_FOUND",
        ms: expect.any(Number),
      },
    ]);
  });

  test("is the caller's own where that is a sensible one", async () => {
    const own = await get("/health/live", { "x-request-id": "trace-0123456789" });
    expect(own.headers["x-request-id"]).toBe("trace-0123456789");
    for (const odd of ["short", "x".repeat(65), "with space 123", "a\tb45678", '{"a":"12345"}']) {
      const { headers } = await get("/health/live", { "x-request-id": odd });
      expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("is on every answer, whoever gives it", async () => {
    for (const path of ["/", "/metrics", "/health/ready", "/trpc/nope", "/api/auth/get-session"])
      expect((await get(path)).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("an error that nobody foresaw", () => {
  test("is INTERNAL with a request id that the log has too, and not one word more", async () => {
    await using broken = await startShop({ breaks: true });
    const shopper = await broken.shopper(5_000);
    await broken.sql`drop table point_log cascade`;
    await broken.sql`drop table outbox cascade`;
    const charge = { amount: 1_000, idempotencyKey: newKey() };
    for (const asked of [
      () => shopper.api.wallet.history.query(),
      () => shopper.api.wallet.charge.mutate(charge),
      () => shopper.api.product.popular.query(),
    ]) {
      const error = await asked().catch((thrown: unknown) => thrown);
      const { requestId, path, ...data } = refusalOf(error)!;
      const [code, httpStatus, retry] = errorTable.INTERNAL;
      expect(data).toEqual({ code, httpStatus, reason: "INTERNAL", retry });
      expect((error as Error).message).toBe(
        "Something went wrong on our side; with the same idempotency key it is safe to try again.",
      );
      const lines = () =>
        broken.apis[0]!.log().filter((line) => line["requestId"] === requestId);
      await expect.poll(lines, { timeout: 2_000 }).toMatchObject([
        { level: 50, procedure: path, outcome: "INTERNAL", err: { stack: expect.any(String) } },
      ]);
    }
    // The charge was not carried out by half, and its key is free.
    expect((await shopper.api.wallet.balance.query()).balance).toBe(5_000);
    const [row] = await broken.sql`
      select count(*)::int as bound from idempotency_keys where key = ${charge.idempotencyKey}`;
    expect(row).toEqual({ bound: 0 });
  });

  test("at sign-in is as silent, and as easy to find", async () => {
    await using broken = await startShop({ breaks: true });
    await broken.sql`drop table accounts cascade`;
    const body = JSON.stringify({ name: "x", email: "x@stampede.test", password: "12345678" });
    const answered = await broken.http.send(`${broken.url}/api/auth/sign-up/email`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answered.status).toBe(500);
    const requestId = answered.headers["x-request-id"];
    expect(JSON.parse(answered.text)).toEqual({
      message: "Something went wrong on our side; with the same idempotency key it is safe to try again.",
      requestId,
    });
    const lines = () => broken.apis[0]!.log().filter((line) => line["requestId"] === requestId);
    await expect
      .poll(lines, { timeout: 2_000 })
      .toMatchObject([{ level: 50, err: { stack: expect.any(String) } }]);
    const [row] = await broken.sql`select count(*)::int from users`;
    expect(row).toEqual({ count: 0 });
  });
});

describe("when the database is away", () => {
  test("the API says so, loses nothing, and goes on when it is back", async () => {
    let proxy!: FaultProxy;
    await using away = await startShop({
      breaks: true,
      databaseUrl: async (direct) => {
        proxy = await startFaultProxy(direct);
        return proxy.url;
      },
    });
    await using _ = proxy;
    const shopper = await away.shopper(5_000);
    const { userId } = shopper;
    const charge = (idempotencyKey = newKey()) =>
      shopper.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey });
    expect((await charge()).balance).toBe(6_000);

    await proxy.leave();
    const ready = await get("/health/ready", {}, away);
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toEqual({ status: "not ready" });
    expect((await get("/health/live", {}, away)).status).toBe(200);
    await expectRefused(shopper.api.wallet.balance.query(), "OVERLOADED");
    const lost = await get(
      "/trpc/wallet.balance",
      { authorization: `Bearer ${shopper.token}` },
      away,
    );
    expect(lost.status).toBe(503);
    expect(lost.headers["retry-after"]).toBe("1");
    const key = newKey();
    await expectRefused(charge(key), "OVERLOADED");
    expect((await get("/metrics", {}, away)).status).toBe(200);
    const signIn = await away.http.send(`${away.url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "x@stampede.test", password: "12345678" }),
    });
    expect(signIn.status).toBe(503);
    expect(signIn.headers["retry-after"]).toBe("1");

    await proxy.comeBack();
    await expect
      .poll(async () => (await get("/health/ready", {}, away)).status, { timeout: 8_000 })
      .toBe(200);
    const answered = await charge(key);
    expect(answered).toEqual({ userId, balance: 7_000 });
    expect(await charge(key)).toEqual(answered);
    expect(away.apis[0]!.program().isRunning()).toBe(true);
    await away.logWritten();
    await away.audit();
  });

  test("for a moment, in the middle of a rush: nothing by half, nothing twice", async () => {
    let proxy!: FaultProxy;
    await using away = await startShop({
      breaks: true,
      databaseUrl: async (direct) => {
        proxy = await startFaultProxy(direct);
        return proxy.url;
      },
    });
    await using _ = proxy;
    const people = await away.shoppers(50);
    const charge = () =>
      race(people, ({ api }, index) =>
        api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: `cut-key-${index}` }),
      );
    // Held by this lock, the charges are in the middle of their transaction when it breaks.
    const lock = await away.sql.reserve();
    await lock`begin`;
    await lock`select from wallets for update`;
    const racing = charge();
    const blocked = async () => {
      const [row] = await away.sql<{ count: number }[]>`
        select count(*)::int from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`;
      return row?.count;
    };
    await expect.poll(blocked, { timeout: 5_000, interval: 10 }).toBeGreaterThan(0);
    await proxy.leave();
    await lock`rollback`;
    lock.release();
    await proxy.comeBack();
    // Those in a transaction were carried out in another; who had not come so far may be told to
    // come again.
    const { OK = 0, OVERLOADED = 0, ...other } = tally(await racing);
    expect(other).toEqual({});
    expect(OK + OVERLOADED).toBe(50);
    expect(OK).toBeGreaterThan(0);
    expect(tally(await charge())).toEqual({ OK: 50 });
    for (const { api } of people)
      expect((await api.wallet.balance.query()).balance).toBe(1_000);
    await away.logWritten();
    await away.audit();
  });
});

describe("a rush that is more than the shop can do", () => {
  test("a command that cannot get its lock is OVERLOADED and may come again", async () => {
    await using busy = await startShop({ breaks: true });
    const shopper = await busy.shopper(5_000);
    const key = newKey();
    const charge = () => shopper.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: key });
    const lock = await busy.sql.reserve();
    await lock`begin`;
    await lock`select from wallets where user_id = ${shopper.userId} for update`;
    const startedAt = Date.now();
    await expectRefused(charge(), "OVERLOADED");
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await lock`rollback`;
    lock.release();
    expect(await charge()).toEqual({ userId: shopper.userId, balance: 6_000 });
    expect(await charge()).toEqual({ userId: shopper.userId, balance: 6_000 });
    await busy.audit();
  });

  test("300 writes in 10 seconds are one user's share: the next are RATE_LIMITED", async () => {
    await using limited = await startShop({ variables: { RATE_LIMIT: "on" } });
    const [one, other] = await limited.shoppers(2);
    const outcomes = await race(runners(305), () =>
      one!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() }),
    );
    expect(tally(outcomes)).toEqual({ OK: 300, RATE_LIMITED: 5 });
    await expectRefused(
      one!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() }),
      "RATE_LIMITED",
    );
    const answered = await limited.http.send(`${limited.url}/trpc/coupon.claim`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${one!.token}` },
      body: "{}",
    });
    expect(answered.status).toBe(429);
    expect(Number(answered.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(Number(answered.headers["retry-after"])).toBeLessThanOrEqual(10);
    // Reads go on, and so does everybody else.
    expect((await one!.api.wallet.balance.query()).balance).toBe(300_000);
    await other!.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() });
  });
});

describe("SIGTERM", () => {
  test("under load: everyone who was let in is answered, and the process ends with 0", async () => {
    await using busy = await startShop({ breaks: true, variables: { GROUP_LANES: "1" } });
    const shopper = await busy.shopper();
    const charge = (index: number) =>
      shopper.api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: `drain-key-${index}` });
    // The first waits for this lock, and all others for the first, when the signal comes.
    const lock = await busy.sql.reserve();
    await lock`begin`;
    await lock`select from wallets where user_id = ${shopper.userId} for update`;
    const first = charge(200);
    const blocked = async () => {
      const [row] = await busy.sql<{ count: number }[]>`
        select count(*)::int from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`;
      return row?.count;
    };
    await expect.poll(blocked, { timeout: 2_000, interval: 10 }).toBe(1);
    const racing = race(runners(200), charge);
    const waiting = async () => {
      const { text } = await get("/metrics", {}, busy);
      return Number(/^stampede_commands_waiting (\d+)$/m.exec(text)?.[1]);
    };
    await expect.poll(waiting, { timeout: 2_000, interval: 10 }).toBe(200);
    const startedAt = Date.now();
    const stopping = busy.apis[0]!.stop();
    await sleep(200);
    await lock`rollback`;
    lock.release();
    expect(await first).toEqual({ userId: shopper.userId, balance: 1_000 });
    expect(tally(await racing)).toEqual({ OK: 200 });
    expect(await stopping).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await busy.apis[0]!.start();
    expect((await shopper.api.wallet.balance.query()).balance).toBe(201_000);
    await busy.logWritten();
    await busy.audit();
  });

  test("with connections that are kept alive and idle: it ends at once, with 0", async () => {
    await using idle = await startShop();
    await Promise.all(runners(50).map(() => get("/health/live", {}, idle)));
    const startedAt = Date.now();
    expect(await idle.apis[0]!.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await idle.apis[0]!.start();
  });

  test("while a client keeps asking on its connections: it ends with 0 within 10 s", async () => {
    await using asked = await startShop();
    using http = openHttp();
    const client = createClient(http, asked.url);
    let asking = true;
    const endings: string[] = [];
    const loops = runners(20).map(async () => {
      while (asking)
        await client.product.popular.query().then(
          () => endings.push("OK"),
          (error: unknown) => {
            asking = false;
            endings.push(String(error));
          },
        );
    });
    await sleep(300);
    const startedAt = Date.now();
    const exit = await asked.apis[0]!.stop();
    asking = false;
    await Promise.all(loops);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(endings.filter((ending) => ending === "OK").length).toBeGreaterThan(20);
    await asked.apis[0]!.start();
  });
});

describe("a start that cannot work says in one sentence why, and exits with 1", () => {
  const start = async (variables: Record<string, string | undefined>) => {
    const given = {
      DATABASE_URL: shop.databaseUrl,
      AUTH_SECRET: authSecret,
      API_PORT: String(await freePort()),
      ...variables,
    };
    const set = Object.entries(given).filter((entry): entry is [string, string] => !!entry[1]);
    const program = startProgram("main", Object.fromEntries(set));
    const startedAt = Date.now();
    const { code } = await program.ended;
    return { code, said: program.complained(), ms: Date.now() - startedAt };
  };
  const oneSentence = /^[A-Z][^\n]*\.\n$/;

  test("the port is taken", async () => {
    const { port } = shop.apis[0]!;
    const { code, said } = await start({ API_PORT: String(port) });
    expect(code).toBe(1);
    expect(said).toBe(
      `Port ${port} is in use; stop what listens there or set API_PORT to another.\n`,
    );
  });

  const elsewhere = (change: (url: URL) => void) => {
    const url = new URL(shop.databaseUrl);
    change(url);
    return url.href;
  };
  test("nothing listens where the database should be", async () => {
    const port = String(await freePort());
    const { code, said } = await start({ DATABASE_URL: elsewhere((url) => (url.port = port)) });
    expect(code).toBe(1);
    expect(said).toMatch(oneSentence);
    expect(said).toContain("DATABASE_URL");
  });

  test("what listens there is no database, and never answers", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const { code, said, ms } = await start({
      DATABASE_URL: elsewhere((url) => Object.assign(url, { port, hostname: "127.0.0.1" })),
    });
    silent.close();
    expect(code).toBe(1);
    expect(said).toMatch(oneSentence);
    expect(ms).toBeLessThan(12_000);
  });

  test("the server has no such database", async () => {
    const { code, said } = await start({
      DATABASE_URL: elsewhere((url) => (url.pathname = "/there_is_none")),
    });
    expect(code).toBe(1);
    expect(said).toMatch(oneSentence);
  });

  test.each([
    ["DATABASE_URL", undefined],
    ["DATABASE_URL", "mysql://localhost/shop"],
    ["DATABASE_URL", "localhost:5432"],
    ["DATABASE_URL", "postgres://localhost:99999/shop"],
    ["DATABASE_URL", "postgres://local host/shop"],
    ["DATABASE_URL", "postgres://"],
    ["AUTH_SECRET", undefined],
    ["AUTH_SECRET", "too short"],
    ["API_PORT", "abc"],
    ["API_PORT", "70000"],
    ["API_PORT", "-1"],
    ["API_PORT", "4000.5"],
    ["RATE_LIMIT", "maybe"],
    ["WORKER", "yes"],
    ["LOG_LEVEL", "loud"],
    ["WEB_ORIGIN", "no origin"],
  ])("%s is %j", async (name, value) => {
    const { code, said } = await start({ [name]: value });
    expect(said).toMatch(oneSentence);
    expect(said).toContain(name);
    expect(code).toBe(1);
  });
});
