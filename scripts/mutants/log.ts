import type { Mutant } from "./mutant.ts";

const outbox = "packages/db/src/outbox.ts";
const outboxTest = "packages/db/src/outbox.test.ts";

/** Writes that come apart, and a worker that loses entries or writes them twice. */
export const log: readonly Mutant[] = [
  {
    name: "a-statement-for-each-table",
    breaks: "One half of a payment can be written without the other.",
    edits: [
      {
        file: "packages/db/src/apply.ts",
        find: "await statementFor(parts)(tx, Object.fromEntries(values));",
        replace: "for (const part of parts) await statementFor([part])(tx, Object.fromEntries(values));",
      },
    ],
    caughtBy: ["packages/db/src/apply.test.ts"],
  },
  {
    name: "only-what-is-newer-than-the-last",
    breaks: "A cursor over the outbox: an entry that commits late is never logged.",
    edits: [
      {
        file: outbox,
        find: "select ctid from ${outbox} limit",
        replace: `select ctid from \${outbox}
        where operation_id::text > coalesce((select max(operation_id::text) from \${pointLog}), '')
        limit`,
      },
    ],
    caughtBy: [outboxTest],
  },
  {
    name: "gone-before-it-is-logged",
    breaks: "Taken from the outbox in a transaction of its own: a worker that dies loses entries.",
    edits: [
      {
        file: outbox,
        find: "const [row] = await tx.execute<{ moved: number }>(sql`\n    with taken as (\n      delete",
        replace: `const gone = await tx.execute(sql\`
    delete from outbox where ctid = any(array(
      select ctid from outbox limit \${relayBatchSize} for update skip locked
    )) returning *\`);
  await tx.execute(sql\`commit\`);
  await tx.execute(sql\`begin\`);
  const [row] = await tx.execute<{ moved: number }>(sql\`
    with taken as (
      select * from json_populate_recordset(null::outbox, \${JSON.stringify(gone)}::json)
    ),
    nothing as (
      delete`,
      },
      { file: outbox, find: "where ctid = any(array(\n        select", replace: "where false and ctid = any(array(\n        select" },
    ],
    caughtBy: [outboxTest],
  },
  {
    name: "logged-before-it-is-gone",
    breaks: "Logged in one transaction, taken out in the next: a worker that dies counts twice.",
    edits: [
      { file: outbox, find: "delete from ${outbox} where ctid", replace: "select * from ${outbox} where ctid" },
      {
        file: outbox,
        find: "))\n      returning operation_id, user_id, seq, type, amount, balance_after, created_at",
        replace: "))",
      },
      {
        file: outbox,
        find: "return row!.moved;",
        replace: `await tx.execute(sql\`commit\`);
  await tx.execute(sql\`begin\`);
  await tx.execute(sql\`
    delete from outbox using point_log log
    where (log.user_id, log.seq) = (outbox.user_id, outbox.seq)\`);
  return row!.moved;`,
      },
    ],
    caughtBy: [outboxTest],
  },
  {
    name: "workers-wait-for-each-other",
    breaks: "A worker that hangs holds up all the others.",
    edits: [{ file: outbox, find: "for update skip locked", replace: "for update" }],
    caughtBy: [outboxTest],
  },
];
