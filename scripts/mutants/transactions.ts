import type { Mutant } from "./mutant.ts";

const file = "packages/db/src/transactions.ts";
const transactionsTest = "packages/db/src/transactions.test.ts";
const guardTest = "packages/db/src/driver-guard.test.ts";
const shell = "apps/api/src/shell/shell.ts";
const shellTest = "apps/api/src/shell/shell.test.ts";

/** A driver that is trusted, connections that are shared or kept, answers that are guessed. */
export const transactions: readonly Mutant[] = [
  {
    name: "the-guard-is-off",
    breaks: "What a failed transaction has left running is written alone, without its other half.",
    edits: [
      { file, find: "const guarded = guardTransactions(client);", replace: "const guarded = client;" },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "a-dead-body-goes-on",
    breaks: "What a transaction does after its death lands in somebody else's.",
    edits: [
      {
        file: "packages/db/src/driver-guard.ts",
        find: "if (fence.dead) throw fence.dead;",
        replace: "",
      },
    ],
    caughtBy: [guardTest],
  },
  {
    name: "one-connection-for-many",
    breaks: "A connection is lent to the next one while a transaction runs on it.",
    edits: [
      {
        file: "packages/db/src/slots.ts",
        find: "const slot = free.pop();",
        replace: "const slot = free.at(-1);",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "a-lost-connection-is-kept",
    breaks: "The driver's half of a dead connection fails the next one, and the one after waits.",
    edits: [
      {
        file,
        find: "if (error instanceof OutcomeUnknown || isConnectionFailure(error)) slot = slots.replace(slot);",
        replace: "",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "no-deadline",
    breaks: "A connection that is hung keeps its caller, and its place, for ever.",
    edits: [
      {
        file,
        find: "const left = Math.max(0, deadline - Date.now());",
        replace: "const left = 2 ** 31 - 1 + 0 * deadline;",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "no-time-limit-on-locks",
    breaks: "One transaction that hangs holds up everybody who wants its rows.",
    edits: [
      {
        file: "packages/db/src/connect.ts",
        find: "lock_timeout: 3_000,",
        replace: "lock_timeout: 0,",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "the-tripwire-is-off",
    breaks: "A driver that has lost track of its transactions goes on writing.",
    edits: [
      { file, find: "if (code && tripwireCodes.has(code))", replace: 'if (code === "none")' },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "a-lost-commit-counts-as-undone",
    breaks: "A COMMIT that nobody answered is told as one that did not happen.",
    edits: [
      {
        file,
        find: "if (committing && isConnectionFailure(error))",
        replace: "if (committing && isConnectionFailure(error) && db === undefined)",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "the-last-statement-is-sent-again",
    breaks: "A write that the server refused is sent again behind COMMIT, alone and without locks.",
    edits: [
      {
        file: "packages/db/src/driver-guard.ts",
        find: "if (fence.latest) fence.latest.prepared = false;",
        replace: "",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "nobody-hears-the-last-answer",
    breaks: "A write that failed in front of COMMIT is told as done.",
    edits: [
      {
        file,
        find: "    await lastAnswer;\n    return value;",
        replace: "    return value;",
      },
    ],
    caughtBy: [transactionsTest, shellTest],
  },
  {
    name: "a-conflict-is-not-tried-again",
    breaks: "Deadlocks and serialization failures reach shoppers as errors.",
    edits: [
      {
        file,
        find: "const attemptsMax = 5;",
        replace: "const attemptsMax = 1;",
      },
    ],
    caughtBy: [transactionsTest],
  },
  {
    name: "an-unknown-outcome-is-not-looked-up",
    breaks: "Who paid and lost the answer hears of a failure, not of the payment.",
    edits: [
      {
        file: shell,
        find: "error instanceof OutcomeUnknown || isConnectionFailure(error);",
        replace: "isConnectionFailure(error);",
      },
    ],
    caughtBy: [shellTest],
  },
  {
    name: "a-poisoned-group-fails-as-one",
    breaks: "One command that cannot be written fails a hundred that can.",
    edits: [
      {
        file: shell,
        find: "return settleOneByOne(options, commands);",
        replace: "return commands.map(() => failureOutcome(error));",
      },
    ],
    caughtBy: [shellTest],
  },
  {
    name: "sold-out-before-commit",
    breaks: "A campaign counts as sold out by a transaction that may yet be rolled back.",
    edits: [
      {
        file: shell,
        find: "await applyWrites(tx, decision.writes);",
        replace:
          "await applyWrites(tx, decision.writes);\n    soldOut.learn(rows.campaigns.values());",
      },
    ],
    caughtBy: [shellTest],
  },
];
