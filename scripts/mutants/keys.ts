import type { Mutant } from "./mutant.ts";

const idempotency = "packages/db/src/idempotency.ts";
const idempotencyTest = "packages/db/src/idempotency.test.ts";
const group = "apps/api/src/shell/group.ts";
const shell = "apps/api/src/shell/shell.ts";
const shellTest = "apps/api/src/shell/shell.test.ts";
const contractTest = "tests/contract/idempotency.test.ts";

/** Idempotency keys that bind too little, too much, or in the wrong order. */
export const keys: readonly Mutant[] = [
  {
    name: "refusals-are-stored",
    breaks: "Who was refused for want of money is refused for ever, however much they charge.",
    edits: [
      {
        file: group,
        find: 'if (!decided.ok) return { status: "refused", refusal: decided.error };',
        replace: `if (!decided.ok) {
      const stored = { fingerprint, operationId, reply: JSON.stringify(decided.error) };
      bound.set(keyText(keyId), stored);
      ledger.add({}, { ...keyId, ...stored, createdAt: at });
      return { status: "refused", refusal: decided.error };
    }`,
      },
    ],
    caughtBy: [contractTest],
  },
  {
    name: "any-input-will-do",
    breaks: "A key that is used again for another input answers as if that had happened.",
    edits: [{ file: group, find: "fingerprint === asked", replace: "fingerprint !== asked + 1" }],
    caughtBy: [contractTest],
  },
  {
    name: "keys-belong-to-nobody",
    breaks: "Who guesses another's key is shown the other's order.",
    edits: [
      {
        file: idempotency,
        find: "`${userId} ${procedure} ${key}`",
        replace: "`${procedure} ${key}${userId.slice(0, 0)}`",
      },
      { file: idempotency, find: "(bound.user_id, ", replace: "(" },
      { file: idempotency, find: '(r."userId", r.procedure', replace: "(r.procedure" },
    ],
    caughtBy: [idempotencyTest],
  },
  {
    name: "replies-are-kept-as-jsonb",
    breaks: "A stored answer comes back with its fields in another order and its numbers rewritten.",
    edits: [
      {
        file: "packages/db/migrations/0000_init.sql",
        find: '"reply" text NOT NULL',
        replace: '"reply" jsonb NOT NULL',
      },
      {
        file: "packages/db/migrations/0001_rules.sql",
        find: "-- Written by hand",
        replace: `CREATE CAST (text AS jsonb) WITH INOUT AS ASSIGNMENT;
--> statement-breakpoint
-- Written by hand`,
      },
      { file: idempotency, find: "bound.reply,", replace: "bound.reply::text," },
    ],
    caughtBy: [idempotencyTest],
  },
  {
    name: "the-clock-of-this-process",
    breaks: "A server whose clock is wrong opens campaigns early and dates orders into tomorrow.",
    edits: [
      { file: idempotency, find: "at: toInstant(rows[0]!.at)", replace: "at: toInstant(Date.now())" },
    ],
    caughtBy: [idempotencyTest],
  },
  {
    name: "the-clock-of-the-transactions-beginning",
    breaks: "Who waited for a lock is dated before the one who held it.",
    edits: [{ file: idempotency, find: "clock_timestamp() as at", replace: "now() as at" }],
    caughtBy: [idempotencyTest],
  },
  {
    name: "keys-are-read-before-the-locks",
    breaks: "A duplicate does not see that its twin was paid while it waited for the lock.",
    edits: [
      {
        file: shell,
        find: "const [rows, ended, { at, bound }] = await sentTogether([",
        replace: `const early = await readKeys(tx, commands.map(({ keyId }) => keyId));
    const [rows, ended, { at }] = await sentTogether([`,
      },
      {
        file: shell,
        find: "decideGroup(commands, rows, bound, at, ended)",
        replace: "decideGroup(commands, rows, early.bound, at, ended)",
      },
    ],
    caughtBy: [shellTest],
  },
  {
    name: "another-try-has-another-key",
    breaks: "After a lost COMMIT the command is carried out once more, under a key of its own.",
    edits: [
      {
        file: shell,
        find: "return await runGroup(options, commands);",
        replace: `const renamed = commands.map((queued) => ({
        ...queued,
        operationId: newId(),
        keyId: { ...queued.keyId, key: queued.keyId.key + "-".repeat(attempt - 1) },
      }));
      return await runGroup(options, renamed);`,
      },
    ],
    caughtBy: [shellTest],
  },
  {
    name: "a-key-taken-is-a-failure",
    breaks: "Two processes with one key at once: the slower one answers an error.",
    edits: [{ file: shell, find: "(isKeyTaken(error) && !keyWasTaken)", replace: "keyWasTaken" }],
    caughtBy: [shellTest],
  },
];
