import { and, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import { sessions, users } from "../schema/users.ts";
import { oncePerDatabase, writtenOnce } from "../statement.ts";
import type { Transaction } from "../transactions.ts";

/** Who a session token speaks for. */
export interface SessionUser {
  readonly token: string;
  readonly userId: string;
  readonly role: string;
}

const byTokens = oncePerDatabase((db) =>
  db
    .select({ token: sessions.token, userId: users.id, role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        sql`${sessions.token} = any(${sql.placeholder("tokens")}::text[])`,
        gt(sessions.expiresAt, sql`now()`),
      ),
    )
    .prepare("sessions by tokens"),
);

/** The users of these session tokens that are valid now, by token. */
export const readSessions = async (
  db: Database,
  tokens: readonly string[],
): Promise<Map<string, SessionUser>> => {
  const rows = await byTokens(db).execute({ tokens: textArray(tokens) });
  return new Map(rows.map((row) => [row.token, row]));
};

const endedOf = writtenOnce<{ token: string }>(sql`
  select asked.token from unnest(${sql.placeholder("tokens")}::text[]) as asked(token)
  where not exists (
    select from ${sessions} session where session.token = asked.token and session.expires_at > now()
  )
`);

/** Which of these tokens, that were valid once, are so no more. Nearly always none: no rows are the usual answer. */
export const readEndedSessions = async (
  tx: Transaction,
  tokens: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await endedOf(tx, { tokens: textArray(tokens) });
  return new Set(rows.map(({ token }) => token));
};

/**
 * A PostgreSQL array literal, without doubles; tokens come from headers and may hold anything. One with NUL,
 * which PostgreSQL cannot store, is left out: it is nobody's, and would fail all that are read with it.
 */
const textArray = (texts: readonly string[]): string => {
  const storable = [...new Set(texts)].filter((text) => !text.includes("\0"));
  return `{${storable.map((text) => `"${text.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
};
