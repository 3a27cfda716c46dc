import { setTimeout as sleep } from "node:timers/promises";
import { openTransactions } from "@stampede/db/transactions";
import type postgres from "postgres";
import { createShell, type Shell } from "../../apps/api/src/shell/shell.ts";
import type { FaultProxy, Statement, Verdict } from "../support/fault-proxy.ts";

/*
 * Every statement of some transactions waits at the proxy, and somebody says whose is next: what the
 * network and the operating system decide otherwise. Who waits for a lock in PostgreSQL is known by
 * `pg_blocking_pids`, as PostgreSQL's own isolation tester does it.
 */

/** Which of the possible ones is next; `step` counts from 0. */
export type Choose = (options: number, step: number) => number;

/** What was chosen at a step, out of how many. */
export interface Choice {
  readonly taken: number;
  readonly options: number;
}

export interface Interleaving<Result> {
  readonly results: readonly Result[];
  readonly choices: readonly Choice[];
  /** How often somebody waited for somebody else's lock. */
  readonly waits: number;
  /** How often all waited for each other. */
  readonly deadlocks: number;
}

export interface Scheduler extends AsyncDisposable {
  /** One action a lane, all at once, one statement at a time. */
  interleave<Result>(
    actions: readonly ((shell: Shell) => Promise<Result>)[],
    choose: Choose,
  ): Promise<Interleaving<Result>>;
}

/** One transaction of those that are interleaved. */
interface Actor {
  isDone: boolean;
  /** At the proxy, and what lets it go on. */
  held: { readonly statement: Statement; readonly pass: () => void } | undefined;
  /** With PostgreSQL, and not answered yet. */
  underway: Statement | undefined;
  isBlocked: boolean;
}

// Nothing here is about time: whoever is held is held for as long as it takes.
const patience = {
  lock_timeout: 60_000,
  statement_timeout: 60_000,
  idle_in_transaction_session_timeout: 60_000,
};
/** PostgreSQL ends a deadlock after a second. */
const stuckMsMax = 10_000;

/**
 * Shells with one connection each, through the proxy. `name` tells the schedulers of one proxy apart;
 * `sql` looks on from outside.
 */
export const openScheduler = (
  judges: Judges,
  sql: postgres.Sql,
  name: string,
  laneCount: number,
): Scheduler => {
  const lanes = Array.from({ length: laneCount }, (_none, index) => {
    const transactions = openTransactions({
      url: judges.url,
      name: `${name} ${index}`,
      connections: 1,
      deadlineMs: 60_000,
      settings: patience,
    });
    const shell = createShell({
      transactions,
      // Its shortcut has no transaction: nothing to interleave.
      soldOut: { refuse: async () => undefined, learn: () => {} },
      lanes: 1,
      groupSizeMax: 1,
      waitingMax: 100,
    });
    return { transactions, shell };
  });

  let actors: Actor[] = [];
  let wake = () => {};
  let waits = 0;
  const ended = (statement: Statement) => {
    for (const actor of actors) {
      const isOwn = actor.underway === statement;
      if (isOwn) actor.underway = undefined;
      // Who was answered waits no more. Whose lock was given back may go on: everybody is to be asked again.
      if (isOwn || statement.kind !== "other") actor.isBlocked = false;
    }
    wake();
  };
  const hold = (statement: Statement, lane: number): Verdict | Promise<Verdict> => {
    const actor = actors[lane];
    // BEGIN does nothing that anybody could notice.
    if (!actor || statement.kind === "begin") return "pass";
    return new Promise((resolve) => {
      const pass = () => {
        actor.held = undefined;
        actor.underway = statement;
        void statement.settled.then(() => ended(statement));
        resolve("pass");
      };
      actor.held = { statement, pass };
      wake();
    });
  };
  lanes.forEach((_lane, index) => judges.add(`${name} ${index}`, (each) => hold(each, index)));

  const markBlocked = async (suspects: readonly Actor[]) => {
    const pidOf = ({ underway }: Actor) => underway?.connection.backendPid ?? 0;
    const pids = suspects.map(pidOf);
    const rivals = actors.map(({ held, underway }) => (held?.statement ?? underway)?.connection.backendPid ?? 0);
    // Of its rivals: for a lock that others of the table have for a moment, to make it longer say, nobody has to choose.
    const rows = await sql<{ pid: number }[]>`
      select pid from unnest(${`{${pids.join(",")}}`}::int[]) as pid
      where pg_blocking_pids(pid) && ${`{${rivals.join(",")}}`}::int[]`;
    const blocked = new Set(rows.map(({ pid }) => pid));
    // Who was answered meanwhile has pid 0 here, which is nobody's.
    for (const actor of suspects)
      if (blocked.has(pidOf(actor))) {
        actor.isBlocked = true;
        waits += 1;
      }
  };

  /** Until everybody is done, held at the proxy, or waits for somebody's lock. */
  const untilAllRest = async () => {
    for (;;) {
      const event = new Promise<void>((resolve) => (wake = resolve));
      const moving = actors.filter(
        (actor) => !actor.isDone && !actor.isBlocked && !(actor.held && !actor.underway),
      );
      if (moving.length === 0) return;
      const happened = await Promise.race([event.then(() => true), sleep(2, false)]);
      const suspects = moving.filter(({ underway }) => underway !== undefined);
      if (!happened && suspects.length > 0) await markBlocked(suspects);
    }
  };

  return {
    async interleave(actions, choose) {
      const all = actions.map(
        (): Actor => ({ isDone: false, held: undefined, underway: undefined, isBlocked: false }),
      );
      actors = all;
      waits = 0;
      let deadlocks = 0;
      const choices: Choice[] = [];
      const results = actions.map(async (act, index) => {
        try {
          return await act(lanes[index]!.shell);
        } finally {
          all[index]!.isDone = true;
          wake();
        }
      });
      const allDone = Promise.all(results);
      allDone.catch(() => {});
      for (;;) {
        await untilAllRest();
        if (actors !== all) throw new Error("the scheduler was closed in the middle");
        if (all.every(({ isDone }) => isDone)) break;
        const ready = all.filter(({ held, underway }) => held && !underway);
        if (ready.length === 0) {
          deadlocks += 1;
          await untilMoved(all);
          continue;
        }
        const taken = choose(ready.length, choices.length);
        if (taken >= ready.length) throw new Error(`of ${ready.length} that could go on number ${taken} was chosen`);
        choices.push({ taken, options: ready.length });
        ready[taken]!.held!.pass();
      }
      actors = [];
      return { results: await allDone, choices, waits, deadlocks };
    },
    async [Symbol.asyncDispose]() {
      actors = [];
      await Promise.all(lanes.map(({ transactions }) => transactions.close()));
    },
  };
};

/** PostgreSQL fails one of those that wait for each other; the others go on. */
const untilMoved = async (actors: readonly Actor[]) => {
  for (const deadline = Date.now() + stuckMsMax; Date.now() < deadline; await sleep(20)) {
    if (actors.some(({ underway, held, isDone }) => !isDone && (!underway || held))) {
      for (const actor of actors) actor.isBlocked = false;
      return;
    }
  }
  throw new Error("all wait for each other, and PostgreSQL does not end it");
};

/** One judge a connection name: schedulers share a proxy. */
export interface Judges {
  readonly url: string;
  add(application: string, judge: (statement: Statement) => Verdict | Promise<Verdict>): void;
}

export const judgesOf = (proxy: FaultProxy): Judges => {
  const judges = new Map<string, (statement: Statement) => Verdict | Promise<Verdict>>();
  proxy.judge((statement) => judges.get(statement.connection.application)?.(statement) ?? "pass");
  return { url: proxy.url, add: (application, judge) => void judges.set(application, judge) };
};

/**
 * All ways to choose, one after the other: each run follows the last one up to the latest step where
 * something else could still be chosen. Calls `run` with the choices to follow; it answers those made.
 */
export const allChoices = async (
  run: (choose: Choose) => Promise<readonly Choice[]>,
): Promise<number> => {
  let prefix: readonly number[] = [];
  for (let runs = 1; ; runs++) {
    const follow = prefix;
    const made = await run((_options, step) => follow[step] ?? 0);
    const turn = made.findLastIndex(({ taken, options }) => taken < options - 1);
    if (turn < 0) return runs;
    prefix = [...made.slice(0, turn).map(({ taken }) => taken), made[turn]!.taken + 1];
  }
};
