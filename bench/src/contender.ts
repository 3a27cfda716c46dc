import type { Served } from "./api.ts";
import type { Contender, Cpu } from "./figures.ts";
import { mutation, post } from "./http-client.ts";
import { keepBusy, openClients, type RequestOf } from "./load.ts";
import type { HandWritten, Script } from "./hand-written.ts";
import { cpuOfFamily, cpuOfSelf } from "./process-stats.ts";
import { numberedId, price, productCount, type Stage } from "./stage.ts";

/** 256 shoppers at once keep a group's worth of commands waiting. */
export const clientCount = 256;

interface OverHttp {
  readonly name: string;
  readonly stage: Stage;
  readonly served: Served;
  readonly requestOf: RequestOf;
  /** The answer that counts as an operation: `OK`, or a refusal's reason. */
  readonly expected?: string;
  readonly clients?: number;
}

/**
 * A contender that is asked over HTTP. Only expected answers count as operations; one that was shed
 * is no answer, and any other makes the figure void.
 */
export const overHttp = ({
  expected = "OK",
  clients: count = clientCount,
  ...options
}: OverHttp): Contender => ({
  name: options.name,
  async measure(ms) {
    const { stage, served, requestOf, name } = options;
    const clients = await openClients(served.port, count);
    const cpuUsed = startCpuClock(stage, served);
    const { tally, seconds } = await keepBusy(clients, ms, requestOf);
    const used = cpuUsed();
    clients.close();
    const unexpected = Object.keys(tally).filter((each) => ![expected, "OVERLOADED"].includes(each));
    const operations = tally[expected] ?? 0;
    if (unexpected.length > 0 || operations === 0)
      throw new Error(`${name} was answered ${JSON.stringify(tally)}.`);
    return { perSecond: operations / seconds, cpu: perOperation(used, operations) };
  },
});

/** CPU time (µs) that everybody concerned uses from now on. */
export const startCpuClock = ({ postmasterPid }: Stage, served?: Served): (() => Cpu) => {
  const now = (): Cpu => ({
    api: served ? cpuOfFamily(served.pid) : 0,
    postgres: cpuOfFamily(postmasterPid),
    generator: cpuOfSelf(),
  });
  const before = now();
  return () => {
    const after = now();
    return {
      api: after.api - before.api,
      postgres: after.postgres - before.postgres,
      generator: after.generator - before.generator,
    };
  };
};

export const perOperation = ({ api, postgres, generator }: Cpu, operations: number): Cpu => ({
  api: api / operations,
  postgres: postgres / operations,
  generator: generator / operations,
});

/** The reference: hand-written SQL, one command a transaction, 32 connections, straight on the database. */
export const byHand = (
  stage: Stage,
  handWritten: HandWritten,
  script: Script,
  variables: Readonly<Record<string, number>>,
): Contender => ({
  name: handWritten.name,
  async measure(ms) {
    const cpuUsed = startCpuClock(stage);
    const seconds = Math.max(1, Math.round(ms / 1_000));
    const { perSecond, transactions } = await handWritten.run(stage.url, script, variables, { seconds });
    return { perSecond, cpu: perOperation(cpuUsed(), transactions) };
  },
});

let keys = 0;
/** A key nobody has used; unlike a UUID it costs the generator nothing. */
export const freshKey = (): string => `bench-key-${process.pid}-${keys++}`;

/** 7,919 is prime: walks over everybody without a pattern that a cache would like. */
export const spread = (operation: number, count: number): number => (operation * 7_919) % count;

const productIds = Array.from({ length: productCount }, (_, index) => numberedId(index + 1));

/** Each product in turn, neighbours far apart. */
export const productIdOf = (operation: number): string => productIds[(operation * 31) % productCount]!;

/** Written by hand: in a storm it is sent twenty thousand times a second, by the cores that are measured. */
export const orderOf = (stage: Stage, operation: number, productId: string): string =>
  post(
    "order.place",
    stage.tokens[spread(operation, stage.tokens.length)]!,
    `{"items":[{"productId":"${productId}","quantity":1}],"idempotencyKey":"${freshKey()}"}`,
  );

export const chargeOf = (stage: Stage, operation: number, wallets: number): string =>
  mutation("wallet.charge", stage.tokens[spread(operation, wallets)]!, {
    amount: price,
    idempotencyKey: freshKey(),
  });
