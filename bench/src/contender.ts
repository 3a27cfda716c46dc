import { cpuOfFamily, cpuOfProcess } from "./cpu.ts";
import { mutation } from "./http-client.ts";
import { keepBusy, openClients } from "./load.ts";
import { runNaive } from "./naive.ts";
import type { Api, Stage } from "./stage.ts";

/** One window of one contender. */
export interface Sample {
  readonly perSecond: number;
  /** CPU time of an operation, in µs: the API process (0 where there is none), and PostgreSQL. */
  readonly apiMicroseconds: number;
  readonly postgresMicroseconds: number;
}

/** Somebody who does the scenario's work for some milliseconds. */
export interface Contender {
  readonly name: string;
  measure(ms: number): Promise<Sample>;
}

/** 128 shoppers at once keep a group's worth of commands waiting. */
const clientCount = 128;

/**
 * A contender that is asked over HTTP. Only `expected` answers count as operations; one that was
 * shed is no answer, and any other makes the figure void.
 */
export const overHttp = (
  name: string,
  stage: Stage,
  api: Api,
  requestOf: (operation: number) => string,
  expected = "OK",
): Contender => ({
  name,
  async measure(ms) {
    const clients = await openClients(api.port, clientCount);
    const before = { api: cpuOfProcess(api.pid), postgres: cpuOfFamily(stage.postmasterPid) };
    const load = await keepBusy(clients, ms, requestOf);
    const after = { api: cpuOfProcess(api.pid), postgres: cpuOfFamily(stage.postmasterPid) };
    for (const client of clients) client.close();
    const known = [expected, "OVERLOADED"];
    const unexpected = Object.keys(load.tally).filter((outcome) => !known.includes(outcome));
    if (unexpected.length > 0) throw new Error(`${name} was answered ${JSON.stringify(load.tally)}.`);
    const operations = load.tally[expected] ?? 0;
    return {
      perSecond: operations / load.seconds,
      apiMicroseconds: (after.api - before.api) / operations,
      postgresMicroseconds: (after.postgres - before.postgres) / operations,
    };
  },
});

/** The reference: hand-written SQL, one command a transaction, 32 connections. */
export const naive = (
  stage: Stage,
  script: Parameters<typeof runNaive>[1],
  variables: Readonly<Record<string, number>>,
): Contender => ({
  name: "hand-written SQL (pgbench)",
  async measure(ms) {
    const before = cpuOfFamily(stage.postmasterPid);
    const seconds = Math.max(1, Math.round(ms / 1_000));
    const perSecond = await runNaive(stage.url, script, variables, seconds);
    const used = cpuOfFamily(stage.postmasterPid) - before;
    return { perSecond, apiMicroseconds: 0, postgresMicroseconds: used / (perSecond * seconds) };
  },
});

let keys = 0;
/** A key nobody has used; unlike a UUID it costs the generator nothing. */
export const freshKey = (): string => `bench-key-${process.pid}-${keys++}`;

/** 7,919 is prime: walks over everybody without a pattern that a cache would like. */
const spread = (operation: number, count: number) => (operation * 7_919) % count;

export const orderOf = (stage: Stage, operation: number, productId: string): string =>
  mutation("order.place", stage.tokens[spread(operation, stage.tokens.length)]!, {
    items: [{ productId, quantity: 1 }],
    idempotencyKey: freshKey(),
  });

export const chargeOf = (stage: Stage, operation: number, wallets: number): string =>
  mutation("wallet.charge", stage.tokens[spread(operation, wallets)]!, {
    amount: 1_000,
    idempotencyKey: freshKey(),
  });
