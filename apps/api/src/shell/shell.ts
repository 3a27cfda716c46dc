import type { Command } from "@stampede/core/decision";
import { applyWrites } from "@stampede/db/apply";
import {
  errorCode,
  isConflict,
  isConnectionFailure,
  isTimeout,
  violatedConstraint,
} from "@stampede/db/errors";
import { failpoint } from "@stampede/db/failpoint";
import { readKeys } from "@stampede/db/idempotency";
import { lockRows } from "@stampede/db/lock";
import { readEndedSessions } from "@stampede/db/read/sessions";
import { sentTogether } from "@stampede/db/sent-together";
import { ConnectionsBusy } from "@stampede/db/slots";
import { DeadlineMissed, OutcomeUnknown, type Transactions } from "@stampede/db/transactions";
import { createBatcher } from "./batcher.ts";
import type { GroupTrace, Traces } from "../observability/traces.ts";
import { Refused } from "../refused.ts";
import {
  decideGroup,
  fingerprintOf,
  keysOf,
  sessionTokensOf,
  signedOut,
  type AskedCommand,
  type Origin,
  type Outcome,
  type QueuedCommand,
} from "./group.ts";
import { newOperationId } from "./operation-id.ts";
import type { SoldOut } from "./sold-out.ts";

export interface ShellOptions {
  readonly transactions: Transactions;
  readonly soldOut: SoldOut;
  /** Groups under way at once; the transactions need as many connections. */
  readonly lanes: number;
  /** Commands one group takes at most. */
  readonly groupSizeMax: number;
  /** Commands that may wait for a group; more are told to come again. */
  readonly waitingMax: number;
  readonly onGroup?: (size: number, ms: number) => void;
  /** A group failed for an unforeseen reason and its members are run one by one. */
  readonly onPoisoned?: (error: unknown, size: number) => void;
  /** A command's session turned out to be valid no more. */
  readonly onSignedOut?: (sessionToken: string) => void;
  /** Log entries were committed to the outbox. */
  readonly onPointEntries?: () => void;
  readonly traces?: Traces | undefined;
}

export interface Shell {
  /** Carries a command out once, however often and wherever its key is sent; throws `Refused`. */
  execute<Input extends object, Reply>(
    command: Command<Input, Reply>,
    actorId: string,
    request: Input & { readonly idempotencyKey: string },
    origin?: Origin,
    /** Nothing was done: the answer is the one that the key got long ago. */
    onReplayed?: () => void,
  ): Promise<Reply>;
  waiting(): number;
  /** Whether the next group would take one that comes now. */
  hasRoom(): boolean;
  /** Calls `listener` whenever there may be room again. */
  onRoom(listener: () => void): void;
  drained(): Promise<void>;
}

/** A caller is answered within this time (ms), if only to be told to come again. */
const commandDeadlineMs = 8_000;

/**
 * Another group sets out beside one that takes longer than this (ms): twice what a full one takes. Two at a
 * time do 8 % more orders at the peak, and cost the API and PostgreSQL a tenth more when the shop is half
 * busy: of small groups there are twice as many then, and 99 of 100 orders took 68 ms instead of 58.
 */
const groupMsPatience = 200;

const overloaded: Outcome = { status: "refused", refusal: { reason: "OVERLOADED" } };

/** The only imperative shell in the shop: queue, lock, decide, write, remember the reply, commit. */
export const createShell = (options: ShellOptions): Shell => {
  let onRoom = () => {};
  const queue = createBatcher<QueuedCommand, Outcome>({
    lanes: options.lanes,
    besideAfterMs: groupMsPatience,
    sizeMax: options.groupSizeMax,
    waitingMax: options.waitingMax,
    onTaken: () => onRoom(),
    run: async (commands) => {
      const startedAt = performance.now();
      const outcomes = await settleInTime(options, commands);
      options.onGroup?.(commands.length, performance.now() - startedAt);
      return outcomes;
    },
  });

  return {
    async execute(command, actorId, { idempotencyKey, ...input }, origin, onReplayed) {
      const deadline = Date.now() + commandDeadlineMs;
      const asked: AskedCommand = {
        command: command as unknown as Command<unknown, unknown>,
        actorId,
        input,
        keyId: { userId: actorId, procedure: command.name, key: idempotencyKey },
        origin,
      };
      FAILPOINT: await failpoint("command.queued");
      const refused = options.soldOut.refuse(asked);
      const outcome =
        (refused && (await refused)) ??
        (await queue.submit({
          fingerprint: fingerprintOf(input),
          operationId: newOperationId(),
          deadline,
          ...asked,
        }));
      FAILPOINT: await failpoint("command.answered");
      if (origin && outcome === signedOut) options.onSignedOut?.(origin.sessionToken);
      if (outcome.status === "refused") throw Refused.because(outcome.refusal);
      if (outcome.status === "failed") throw outcome.error;
      if (outcome.replayed) onReplayed?.();
      return outcome.reply as never;
    },
    waiting: queue.waiting,
    hasRoom: () => queue.waiting() < options.groupSizeMax,
    onRoom: (listener) => void (onRoom = listener),
    drained: queue.drained,
  };
};

/** One group in one transaction: lock, decide in order of arrival, write sets, commit. */
const runGroup = async (
  options: ShellOptions,
  commands: readonly QueuedCommand[],
): Promise<readonly Outcome[]> => {
  const trace = options.traces?.group(commands.map(({ origin }) => origin?.span));
  try {
    const outcomes = await runTransaction(options, commands, trace);
    trace?.end();
    return outcomes;
  } catch (error) {
    trace?.end(error);
    throw error;
  }
};

const runTransaction = async (
  { transactions, soldOut, onPointEntries }: ShellOptions,
  commands: readonly QueuedCommand[],
  trace: GroupTrace | undefined,
): Promise<readonly Outcome[]> => {
  trace?.step("begin");
  const { rows, decision } = await transactions.run(async (tx, lastly) => {
    trace?.step("lock rows, read keys");
    FAILPOINT: await failpoint("group.begun");
    // Sent together, run in this order on the connection: keys are read under the locks.
    const sessionTokens = sessionTokensOf(commands);
    const [rows, ended, { at, bound }] = await sentTogether([
      lockRows(tx, keysOf(commands)),
      sessionTokens.length > 0 ? readEndedSessions(tx, sessionTokens) : new Set<string>(),
      readKeys(
        tx,
        commands.map(({ keyId }) => keyId),
      ),
    ]);
    FAILPOINT: await failpoint("group.locked");
    const decision = decideGroup(commands, rows, bound, at, ended);
    FAILPOINT: await failpoint("group.decided");
    trace?.step("write, commit");
    lastly(async () => {
      await applyWrites(tx, decision.writes);
      FAILPOINT: await failpoint("group.written");
    });
    return { rows, decision };
  });
  FAILPOINT: await failpoint("group.committed");
  soldOut.learn(rows.campaigns.values());
  if (decision.writes.newPointEntries?.length) onPointEntries?.();
  return decision.outcomes;
};

/** Whoever has waited too long already hears so; the group is run for the others. */
const settleInTime = async (
  options: ShellOptions,
  commands: readonly QueuedCommand[],
): Promise<readonly Outcome[]> => {
  const timely = commands.filter(({ deadline }) => Date.now() < deadline);
  const settled = timely.length > 0 ? await settle(options, timely) : [];
  const outcomes = new Map(timely.map((command, index) => [command, settled[index]!]));
  return commands.map((command) => outcomes.get(command) ?? overloaded);
};

/**
 * Gets every command of a group its outcome. A lost connection or an unanswered COMMIT runs the
 * same group again: the keys it may have bound are found under the locks and answer the truth, so
 * nothing happens twice. Any other failure runs the members one by one, so that one poisoned
 * command cannot take the others down.
 */
const settle = async (
  options: ShellOptions,
  commands: readonly QueuedCommand[],
): Promise<readonly Outcome[]> => {
  let keyWasTaken = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await runGroup(options, commands);
    } catch (error) {
      const inTime = commands.some(({ deadline }) => Date.now() < deadline);
      if (inTime && (isLost(error) || (isKeyTaken(error) && !keyWasTaken))) {
        keyWasTaken = isKeyTaken(error);
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt)));
        continue;
      }
      if (commands.length > 1 && inTime && !isBusy(error)) {
        options.onPoisoned?.(error, commands.length);
        return settleOneByOne(options, commands);
      }
      return commands.map(() => failureOutcome(error));
    }
  }
};

const settleOneByOne = async (options: ShellOptions, commands: readonly QueuedCommand[]) => {
  const outcomes: Outcome[] = [];
  for (const command of commands) {
    const [outcome] =
      Date.now() < command.deadline ? await settle(options, [command]) : [overloaded];
    outcomes.push(outcome!);
  }
  return outcomes;
};

/** The connection was lost, before COMMIT or around it: the same group may be run again. */
const isLost = (error: unknown): boolean =>
  error instanceof OutcomeUnknown || isConnectionFailure(error);

/**
 * A neighbour process bound a key between our reading and our writing. The next reading finds it, so
 * running the same group again, once, settles it.
 */
const isKeyTaken = (error: unknown): boolean => violatedConstraint(error) === "idempotency_keys_pkey";

const isBusy = (error: unknown): boolean =>
  isLost(error) || error instanceof DeadlineMissed || error instanceof ConnectionsBusy;

/** 23503: a row that was to be pointed at is gone; only a user can go. */
const userIsGone = (error: unknown): boolean =>
  errorCode(error) === "23503" && (violatedConstraint(error)?.includes("_user_id_") ?? false);

const failureOutcome = (error: unknown): Outcome => {
  // Also a conflict that did not end in as many tries as there are: a crowd, and nothing was done.
  if (isBusy(error) || isTimeout(error) || isConflict(error)) return overloaded;
  if (userIsGone(error)) return signedOut;
  return { status: "failed", error };
};

/** 20, 40, 80 ... at most 500 ms: a restarted server is found soon and not drowned. */
const backoffMs = (attempt: number) => Math.min(500, 10 * 2 ** attempt) * (0.5 + Math.random() / 2);
