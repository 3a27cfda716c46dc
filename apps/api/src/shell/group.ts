import { canonicalJson } from "@stampede/core/canonical";
import {
  holdingKey,
  type Command,
  type RowKeys,
  type Rows,
  type Writes,
} from "@stampede/core/decision";
import type { Refusal } from "@stampede/core/refusals";
import type { Instant } from "@stampede/core/time";
import { createHash } from "node:crypto";
import type { Span } from "../observability/traces.ts";
import type { GroupWrites } from "@stampede/db/apply";
import { keyText, type BoundKey, type IdempotencyRow, type KeyId } from "@stampede/db/idempotency";
import type { LockedRows } from "@stampede/db/lock";

/** A command: who sent it, with which key, and what it asks. */
export interface AskedCommand {
  readonly command: Command<unknown, unknown>;
  readonly actorId: string;
  readonly input: unknown;
  readonly keyId: KeyId;
  /** Which request it came with; none when the shop itself asks, for its demo. */
  readonly origin: Origin | undefined;
}

/** A command that waits for its group. */
export interface QueuedCommand extends AskedCommand {
  readonly fingerprint: string;
  readonly operationId: string;
  /** When (ms, this process's clock) its caller is told to come again. */
  readonly deadline: number;
}

/** Where a command came from: for the trail, and with which right. */
export interface Origin {
  /** It has been valid, and must be so when the command is carried out. */
  readonly sessionToken: string;
  readonly requestId: string;
  readonly address: string;
  /** When requests are traced. */
  readonly span?: Span | undefined;
}

/** What became of one command. `failed` is ours to mend: it is logged and masked. */
export type Outcome =
  | { readonly status: "done"; readonly reply: unknown; readonly replayed?: boolean }
  | { readonly status: "refused"; readonly refusal: Refusal }
  | { readonly status: "failed"; readonly error: unknown };

/** The session is valid no more, or its user is gone. */
export const signedOut: Outcome = { status: "refused", refusal: { reason: "UNAUTHENTICATED" } };

/** The same for inputs that mean the same, different for all others; 43 characters. */
export const fingerprintOf = (input: unknown): string =>
  createHash("sha256").update(canonicalJson(input)).digest("base64url");

/** Every row the group touches, to be locked at once. */
export const keysOf = (commands: readonly QueuedCommand[]): RowKeys => {
  const touched = commands.map(({ command, actorId, input }) => command.touches(actorId, input));
  return {
    wallets: touched.flatMap(({ wallets = [] }) => wallets),
    issuedCoupons: touched.flatMap(({ issuedCoupons = [] }) => issuedCoupons),
    products: touched.flatMap(({ products = [] }) => products),
    campaigns: touched.flatMap(({ campaigns = [] }) => campaigns),
    holdings: touched.flatMap(({ holdings = [] }) => holdings),
  };
};

/** The sessions that the commands came with. */
export const sessionTokensOf = (commands: readonly QueuedCommand[]): readonly string[] =>
  commands.flatMap(({ origin }) => (origin ? [origin.sessionToken] : []));

export interface GroupDecision {
  readonly outcomes: readonly Outcome[];
  readonly writes: GroupWrites;
}

/**
 * Decides each command in order of arrival, each seeing the rows as the one before it left them. A
 * refusal touches nothing and fails nobody else. A bound key answers its first reply again, also
 * when it was bound a moment ago by a neighbour in this very group. Whose session is among those that have
 * `ended` is told nothing, not even that.
 */
export const decideGroup = (
  commands: readonly QueuedCommand[],
  rows: LockedRows,
  bound: Map<string, BoundKey>,
  at: Instant,
  ended: ReadonlySet<string>,
): GroupDecision => {
  const ledger = startLedger(rows);
  const outcomes = commands.map((queued): Outcome => {
    const { command, actorId, operationId, input, keyId, fingerprint, origin } = queued;
    if (origin && ended.has(origin.sessionToken)) return signedOut;
    const earlier = bound.get(keyText(keyId));
    if (earlier) return replay(earlier, fingerprint);

    const decided = command.decide(rows satisfies Rows, { actorId, operationId, at, input });
    if (!decided.ok) return { status: "refused", refusal: decided.error };

    const { writes, reply } = decided.value;
    const row = { fingerprint, operationId, reply: JSON.stringify(reply) };
    bound.set(keyText(keyId), row);
    const { requestId = null, address = null } = origin ?? {};
    ledger.add(writes, { createdAt: at, requestId, address, ...keyId, ...row });
    return { status: "done", reply };
  });
  return { outcomes, writes: ledger.writes() };
};

/** The stored answer, field for field; or the refusal of a key that belongs to another input. */
export const replay = ({ fingerprint, reply }: BoundKey, asked: string): Outcome =>
  fingerprint === asked
    ? { status: "done", reply: JSON.parse(reply) as unknown, replayed: true }
    : { status: "refused", refusal: { reason: "IDEMPOTENCY_KEY_REUSED" } };

/** Collects a group's writes: new rows in order, and of each changed row only its last state. */
const startLedger = (rows: LockedRows) => {
  const changed = {
    wallets: new Set<string>(),
    products: new Set<string>(),
    campaigns: new Set<string>(),
    usedCoupons: new Set<string>(),
  };
  const inserts = {
    newCoupons: [] as NonNullable<Writes["newCoupons"]>[number][],
    newOrders: [] as NonNullable<Writes["newOrders"]>[number][],
    newOrderLines: [] as NonNullable<Writes["newOrderLines"]>[number][],
    newStockEntries: [] as NonNullable<Writes["newStockEntries"]>[number][],
    newPointEntries: [] as NonNullable<Writes["newPointEntries"]>[number][],
    idempotencyKeys: [] as IdempotencyRow[],
  };
  return {
    add(writes: Writes, key: IdempotencyRow) {
      for (const row of writes.wallets ?? []) change(rows.wallets, changed.wallets, row.userId, row);
      for (const row of writes.products ?? [])
        change(rows.products, changed.products, row.productId, row);
      for (const row of writes.campaigns ?? [])
        change(rows.campaigns, changed.campaigns, row.couponId, row);
      for (const row of writes.usedCoupons ?? [])
        change(rows.issuedCoupons, changed.usedCoupons, row.issuedCouponId, {
          ...rows.issuedCoupons.get(row.issuedCouponId)!,
          ...row,
        });
      for (const row of writes.newCoupons ?? []) {
        rows.holdings.add(holdingKey(row.couponId, row.userId));
        inserts.newCoupons.push(row);
      }
      inserts.newOrders.push(...(writes.newOrders ?? []));
      inserts.newOrderLines.push(...(writes.newOrderLines ?? []));
      inserts.newStockEntries.push(...(writes.newStockEntries ?? []));
      inserts.newPointEntries.push(...(writes.newPointEntries ?? []));
      inserts.idempotencyKeys.push(key);
    },
    writes: (): GroupWrites => ({
      ...inserts,
      wallets: [...changed.wallets].map((id) => rows.wallets.get(id)!),
      products: [...changed.products].map((id) => rows.products.get(id)!),
      campaigns: [...changed.campaigns].map((id) => rows.campaigns.get(id)!),
      usedCoupons: [...changed.usedCoupons].map((id) => rows.issuedCoupons.get(id)!),
    }),
  };
};

const change = <Row>(rows: Map<string, Row>, changed: Set<string>, id: string, row: Row) => {
  rows.set(id, row);
  changed.add(id);
};
