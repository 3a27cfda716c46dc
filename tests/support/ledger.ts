import { isDeepStrictEqual } from "node:util";
import type postgres from "postgres";

/*
 * What the clients of a shop were told, kept by themselves, and compared with the shop's books when
 * all is over. The audit says whether the books agree with each other; this says whether they agree
 * with what people were promised.
 */

export const procedures = [
  "wallet.charge",
  "order.place",
  "coupon.claim",
  "admin.product.restock",
] as const;
export type Procedure = (typeof procedures)[number];

/** One thing that somebody wants once, however often it is sent. */
export interface Intention {
  readonly userId: string;
  readonly procedure: Procedure;
  readonly input: { readonly idempotencyKey: string } & Readonly<Record<string, unknown>>;
}

type Reply = Readonly<Record<string, unknown>>;

/** How one sending ended, as its client sees it. */
export type Told =
  | { readonly status: "done"; readonly reply: Reply }
  /** No, and a reason why not: nothing was done. */
  | { readonly status: "refused"; readonly reason: string }
  /** No answer, or "come again": it was done or not. */
  | { readonly status: "unknown"; readonly why: string };

/** An intention with all that was heard of it. */
export interface Entry {
  readonly intention: Intention;
  /** Sendings so far, and those of them that are not answered yet. */
  readonly sent: number;
  readonly open: number;
  /** The first answer, if it was carried out. */
  readonly reply: Reply | undefined;
  /** Answers that differ from the first, and refusals after it; there are none. */
  readonly broken: readonly string[];
  /** It is over: it was carried out, or refused when nothing of it could be on its way any more. */
  readonly settled: boolean;
  /** Several sendings were on their way at the same time. */
  readonly atOnce: boolean;
  readonly unknowns: number;
  /** A sending that nobody heard of may still be carried out. */
  readonly inDoubt: boolean;
}

export interface Ledger {
  /** Notes that an intention is sent, once more or for the first time; call the result when it ends. */
  send(intention: Intention): (told: Told) => void;
  /** The shop is at rest: of what was sent so far, nothing is on its way any more. */
  atRest(): void;
  entries(): readonly Entry[];
  /** Those whose clients do not know yet what became of them. */
  unsettled(): readonly Entry[];
  /** What the shop's books have to say about these intentions, and what they do not. */
  violations(before: Totals, books: Books): readonly string[];
  /** What happened, in numbers; times are in ms. */
  figures(): Figures;
}

export interface Figures {
  readonly intentions: number;
  readonly sendings: number;
  readonly done: number;
  readonly refused: number;
  /** Intentions that at some time had a sending without an answer, or with "come again". */
  readonly onceUnknown: number;
  readonly atOnce: number;
  readonly slowestMs: number;
  /** Endings of sendings: `done`, reasons of refusals, and kinds of unknowns. */
  readonly endings: Readonly<Record<string, number>>;
}

type Writable = { -readonly [Field in keyof Entry]: Entry[Field] } & { broken: string[] };

export function openLedger(now: () => number = () => performance.now()): Ledger {
  const entries = new Map<string, Writable>();
  const endings: Record<string, number> = {};
  let slowestMs = 0;

  const entryOf = (intention: Intention): Writable => {
    const key = keyOf(intention);
    const known = entries.get(key);
    if (known) return known;
    const entry: Writable = {
      intention,
      sent: 0,
      open: 0,
      reply: undefined,
      broken: [],
      settled: false,
      atOnce: false,
      unknowns: 0,
      inDoubt: false,
    };
    entries.set(key, entry);
    return entry;
  };

  return {
    send(intention) {
      const entry = entryOf(intention);
      const sentAt = now();
      entry.sent += 1;
      entry.open += 1;
      entry.atOnce ||= entry.open > 1;
      const wasDone = entry.reply !== undefined;
      return (told) => {
        entry.open -= 1;
        slowestMs = Math.max(slowestMs, now() - sentAt);
        const ending = nameOf(told);
        endings[ending] = (endings[ending] ?? 0) + 1;
        note(entry, told, wasDone);
      };
    },
    atRest() {
      for (const entry of entries.values()) entry.inDoubt = entry.open > 0;
    },
    entries: () => [...entries.values()],
    unsettled: () => [...entries.values()].filter(({ settled }) => !settled),
    violations: (before, books) => [
      ...[...entries.values()].flatMap((entry) => violationsOf(entry, books)),
      ...totalsBroken(before, [...entries.values()], books),
    ],
    figures() {
      const all = [...entries.values()];
      const count = (matches: (entry: Entry) => boolean) => all.filter(matches).length;
      return {
        intentions: all.length,
        sendings: all.reduce((sum, { sent }) => sum + sent, 0),
        done: count(({ reply }) => reply !== undefined),
        refused: count(({ reply, settled }) => settled && reply === undefined),
        onceUnknown: count(({ unknowns }) => unknowns > 0),
        atOnce: count(({ atOnce, reply }) => atOnce && reply !== undefined),
        slowestMs: Math.round(slowestMs),
        endings,
      };
    },
  };
}

export const keyOf = ({ userId, procedure, input }: Intention): string =>
  `${userId} ${procedure} ${input.idempotencyKey}`;

const nameOf = (told: Told): string => {
  if (told.status === "done") return "done";
  return told.status === "refused" ? told.reason : told.why;
};

/** `wasDone`: it was known to be carried out before this sending began. */
function note(entry: Writable, told: Told, wasDone: boolean): void {
  if (told.status === "unknown") {
    entry.unknowns += 1;
    entry.inDoubt = true;
    // What was refused is in doubt again.
    entry.settled = entry.reply !== undefined;
  } else if (told.status === "refused") {
    // Of two at once, one may be refused before the reason is gone and the other is carried out.
    if (wasDone) entry.broken.push(`was carried out and then refused: ${told.reason}`);
    // Another sending may be carried out after a refusal of this one.
    entry.settled ||= entry.open === 0 && !entry.inDoubt;
  } else {
    entry.settled = true;
    entry.reply ??= told.reply;
    if (!isDeepStrictEqual(entry.reply, told.reply))
      entry.broken.push(`was answered ${text(entry.reply)} and then ${text(told.reply)}`);
  }
}

const text = (value: unknown) => JSON.stringify(value);

/* --- what the shop has to say --- */

/** What is there at an instant. */
export interface Totals {
  readonly balances: ReadonlyMap<string, number>;
  readonly stocks: ReadonlyMap<string, number>;
  readonly issued: ReadonlyMap<string, number>;
}

/** The shop's own books about some keys, at an instant. */
export interface Books extends Totals {
  /** By key: the bound keys with their stored replies, and how often their effect is there. */
  readonly bound: ReadonlyMap<string, Bound>;
}

export interface Bound {
  readonly reply: Reply;
  /** Rows that are this operation's effect: entries, orders, coupons, entries of stock. */
  readonly effects: Readonly<Record<"entries" | "orders" | "coupons" | "stockEntries", number>>;
}

const none = { entries: 0, orders: 0, coupons: 0, stockEntries: 0 };

/** Exactly what each procedure leaves behind when it is carried out once. */
const effectsOnce: Readonly<Record<Procedure, Bound["effects"]>> = {
  "wallet.charge": { ...none, entries: 1 },
  "order.place": { ...none, entries: 1, orders: 1 },
  "coupon.claim": { ...none, coupons: 1 },
  "admin.product.restock": { ...none, stockEntries: 1 },
};

function violationsOf(entry: Entry, { bound }: Books): string[] {
  const { intention, reply, settled } = entry;
  const found = [...entry.broken];
  const there = bound.get(keyOf(intention));
  if (!settled) found.push("its client never learnt what became of it");
  if (reply === undefined && there) found.push(`was never answered and is there: ${text(there)}`);
  if (reply !== undefined && !there) found.push(`was answered ${text(reply)} and is not there`);
  if (reply !== undefined && there) {
    if (!isDeepStrictEqual(there.reply, reply))
      found.push(`was answered ${text(reply)}, and the shop remembers ${text(there.reply)}`);
    if (!isDeepStrictEqual(there.effects, effectsOnce[intention.procedure]))
      found.push(`was answered, and what it left is ${text(there.effects)}`);
  }
  return found.map((what) => `${keyOf(intention)} ${what}`);
}

/** Every balance, stock and campaign moved by exactly what was answered, and nothing else. */
function totalsBroken(before: Totals, entries: readonly Entry[], books: Books): string[] {
  const expected = {
    balances: new Map(before.balances),
    stocks: new Map(before.stocks),
    issued: new Map(before.issued),
  };
  for (const { intention, reply } of entries) if (reply) move(expected, intention, reply);
  return (["balances", "stocks", "issued"] as const).flatMap((kind) =>
    [...expected[kind]]
      .filter(([id, amount]) => books[kind].get(id) !== amount)
      .map(([id, amount]) => `${kind} of ${id}: ${books[kind].get(id)} instead of ${amount}`),
  );
}

type Moved = { readonly [Kind in keyof Totals]: Map<string, number> };

function move(totals: Moved, { userId, procedure, input }: Intention, reply: Reply): void {
  const add = (kind: keyof Totals, id: unknown, amount: unknown) =>
    totals[kind].set(id as string, (totals[kind].get(id as string) ?? 0) + (amount as number));
  if (procedure === "wallet.charge") add("balances", userId, input["amount"]);
  if (procedure === "coupon.claim") add("issued", input["couponId"], 1);
  if (procedure === "admin.product.restock") add("stocks", input["productId"], input["quantity"]);
  if (procedure !== "order.place") return;
  add("balances", userId, -(reply["paidAmount"] as number));
  const items = input["items"] as readonly { productId: string; quantity: number }[];
  for (const { productId, quantity } of items) add("stocks", productId, -quantity);
}

/** Reads the books at one instant; of keys, those that begin with `prefix`. */
export async function readBooks(sql: postgres.Sql, prefix: string): Promise<Books> {
  return sql.begin("isolation level repeatable read read only", async (tx) => {
    const numbers = async (query: Promise<readonly { id: string; amount: number }[]>) =>
      new Map((await query).map(({ id, amount }) => [id, amount]));
    const keys = await tx<BoundRow[]>`
      with entries as (
        select operation_id from point_log union all select operation_id from outbox
      ),
      effects as (
        select operation_id, sum(entries)::int as entries, sum(orders)::int as orders,
          sum(coupons)::int as coupons, sum(stock_entries)::int as "stockEntries"
        from (
          select operation_id, 1 as entries, 0 as orders, 0 as coupons, 0 as stock_entries from entries
          union all select order_id, 0, 1, 0, 0 from orders
          union all select issued_coupon_id, 0, 0, 1, 0 from issued_coupons
          union all select operation_id, 0, 0, 0, 1 from stock_entries
        ) each_one
        group by operation_id
      )
      select user_id as "userId", procedure, key, reply,
        coalesce(entries, 0) as entries, coalesce(orders, 0) as orders,
        coalesce(coupons, 0) as coupons, coalesce("stockEntries", 0) as "stockEntries"
      from idempotency_keys left join effects using (operation_id)
      where starts_with(key, ${prefix})`;
    return {
      balances: await numbers(tx`select user_id as id, balance::float8 as amount from wallets`),
      stocks: await numbers(tx`select product_id as id, stock::float8 as amount from products`),
      issued: await numbers(
        tx`select coupon_id as id, issued_quantity::float8 as amount from coupon_campaigns`,
      ),
      bound: new Map(
        keys.map(({ userId, procedure, key, reply, ...effects }) => [
          `${userId} ${procedure} ${key}`,
          { reply: JSON.parse(reply) as Reply, effects },
        ]),
      ),
    };
  });
}

interface BoundRow {
  readonly userId: string;
  readonly procedure: string;
  readonly key: string;
  readonly reply: string;
  readonly entries: number;
  readonly orders: number;
  readonly coupons: number;
  readonly stockEntries: number;
}
