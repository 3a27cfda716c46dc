import type { Database } from "../connect.ts";
import { auditLog } from "../schema/audit-log.ts";

/** What somebody did or tried, as the trail keeps it: no secrets, no bodies, no names. */
export interface TrailEntry {
  /** `sign-in`, `sign-up`, or the path of a procedure. */
  readonly action: string;
  /** `OK`, or the reason of the refusal. */
  readonly outcome: string;
  readonly actorId?: string | undefined;
  readonly target?: string | undefined;
  readonly requestId?: string | undefined;
  readonly address?: string | undefined;
}

/** Adds an entry; dated by the database. */
export const recordInTrail = async (
  db: Pick<Database, "insert">,
  { action, outcome, actorId, target, requestId, address }: TrailEntry,
): Promise<void> => {
  await db.insert(auditLog).values({ action, outcome, actorId, target, requestId, address });
};
