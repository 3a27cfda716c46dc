import { claimCoupon } from "@stampede/core/coupon/claim";
import { holdingKey, type Command, type RowKeys, type Writes } from "@stampede/core/decision";
import { placeOrder } from "@stampede/core/order/place";
import type { OrderItem } from "@stampede/core/order/schema";
import { restockProduct } from "@stampede/core/product/restock";
import type { Refusal } from "@stampede/core/refusals";
import type { Instant } from "@stampede/core/time";
import { chargeWallet } from "@stampede/core/wallet/charge";
import postgres, { type Sql } from "postgres";
import { v7 as newId } from "uuid";
import { applyWrites, type GroupWrites } from "../apply.ts";
import type { Database } from "../connect.ts";
import { openPlain } from "../plain.ts";
import { readKeys } from "../idempotency.ts";
import { lockRows, type LockedRows } from "../lock.ts";
import { openTransactions, type Transactions, type TransactionsOptions } from "../transactions.ts";
import { createTestDatabase } from "./database.ts";

/** A database of its own with everything that the shop is made of, and some ways to fill it. */
export interface TestShop extends AsyncDisposable {
  readonly url: string;
  /** Connections of a bystander: whatever a test wants to do or look at by hand. */
  readonly sql: Sql;
  readonly db: Database;
  readonly transactions: Transactions;
}

export const openTestShop = async (
  options: Partial<TransactionsOptions> = {},
): Promise<TestShop> => {
  const database = await createTestDatabase();
  const shop = openShopAt(database.url, options);
  return {
    ...shop,
    async [Symbol.asyncDispose]() {
      await shop[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};

/** The same in a database that is there already, and stays. */
export const openShopAt = (
  url: string,
  options: Partial<TransactionsOptions> = {},
): TestShop => {
  const sql = postgres(url, { max: 3, onnotice: () => {} });
  const plain = openPlain(url, 3);
  const transactions = openTransactions({ url, name: "stampede test", connections: 4, ...options });
  return {
    url,
    sql,
    db: plain.db,
    transactions,
    async [Symbol.asyncDispose]() {
      await Promise.all([
        transactions.close(),
        sql.end({ timeout: 1 }),
        plain.close(),
      ]);
    },
  };
};

/** Registers people (their wallets come by themselves); answers their ids, in ascending order. */
export const addUsers = async ({ sql }: TestShop, count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => newId()).sort();
  await sql`
    insert into users (id, name, email)
    select id::uuid, 'Somebody', id || '@stampede.test' from unnest(${ids}::text[]) as id`;
  return ids;
};

export const addUser = async (shop: TestShop): Promise<string> => (await addUsers(shop, 1))[0]!;

/** Registers a product with its first stock; answers its id. */
export const addProduct = async (
  { sql }: TestShop,
  { productId = newId(), name = "Barley tea", price = 1_000, stock = 100, createdAt = "" } = {},
): Promise<string> => {
  await sql`
    with product as (
      insert into products (product_id, name, description, price, stock, created_at)
      values (${productId}, ${name}, '', ${price}, ${stock},
        coalesce(nullif(${createdAt}, '')::timestamptz, now()))
    )
    insert into stock_entries (operation_id, product_id, reason, quantity, created_at)
    values (${productId}, ${productId}, 'INITIAL', ${stock}, now())`;
  return productId;
};

/** Opens a campaign that is on now; answers its id. */
export const addCampaign = async (
  { sql }: TestShop,
  { couponId = newId(), totalQuantity = 100, amount = 500, name = "Opening day" } = {},
): Promise<string> => {
  await sql`
    insert into coupon_campaigns (coupon_id, name, discount_type, discount_amount, total_quantity,
      issue_starts_at, issue_ends_at, valid_from, valid_until)
    values (${couponId}, ${name}, 'FIXED', ${amount}, ${totalQuantity},
      now() - interval '1 day', now() + interval '1 day',
      now() - interval '1 day', now() + interval '1 day')`;
  return couponId;
};

/** A command of a test's group. */
export interface Wanted {
  readonly command: Command<never, unknown>;
  readonly actorId: string;
  readonly input: object;
}

const wanted = <Input extends object>(
  command: Command<Input, unknown>,
  actorId: string,
  input: Input,
): Wanted => ({ command: command as unknown as Command<never, unknown>, actorId, input });

export const charge = (actorId: string, amount: number) =>
  wanted(chargeWallet, actorId, { amount });
export const order = (
  actorId: string,
  items: readonly OrderItem[],
  over: { readonly issuedCouponId?: string } = {},
) => wanted(placeOrder, actorId, { items: [...items], ...over });
export const claim = (actorId: string, couponId: string) =>
  wanted(claimCoupon, actorId, { couponId });
export const restock = (actorId: string, productId: string, quantity: number) =>
  wanted(restockProduct, actorId, { productId, quantity });

/** What a test's command answered: the id of what it made, or why it was refused. */
export type Answer =
  | { readonly ok: true; readonly operationId: string; readonly at: Instant }
  | { readonly ok: false; readonly error: Refusal };

/**
 * Carries a group of commands out as the API's shell does: locks, the rules of core one after the
 * other, sets of writes, all in one transaction. `at` dates the commands otherwise than now.
 */
export const runGroup = (
  { transactions }: Pick<TestShop, "transactions">,
  group: readonly Wanted[],
  at?: Instant,
): Promise<Answer[]> =>
  transactions.run(async (tx) => {
    const rows = await lockRows(tx, touchedBy(group));
    const now = at ?? (await readKeys(tx, [])).at;
    const written: WritesByKind = {};
    const answers = group.map(({ command, actorId, input }): Answer => {
      const operationId = newId();
      const request = { actorId, operationId, at: now, input: input as never };
      const decided = command.decide(rows, request);
      if (!decided.ok) return decided;

      settle(rows, decided.value.writes);
      collect(written, {
        ...decided.value.writes,
        idempotencyKeys: [
          {
            userId: actorId,
            procedure: command.name,
            key: operationId,
            fingerprint: "test",
            operationId,
            reply: JSON.stringify(decided.value.reply),
            createdAt: now,
          },
        ],
      });
      return { ok: true, operationId, at: now };
    });
    await applyWrites(tx, lastStates(written, rows));
    return answers;
  });

/** Runs one command that is not refused; answers the id of what it made. */
export const run = async (
  shop: Pick<TestShop, "transactions">,
  command: Wanted,
  at?: Instant,
): Promise<string> => {
  const [answer] = await runGroup(shop, [command], at);
  if (!answer?.ok) throw new Error(`refused: ${answer?.error.reason}`);
  return answer.operationId;
};

const touchedBy = (group: readonly Wanted[]): RowKeys => {
  const all = group.map(({ command, actorId, input }) => command.touches(actorId, input as never));
  return {
    wallets: all.flatMap(({ wallets = [] }) => wallets),
    issuedCoupons: all.flatMap(({ issuedCoupons = [] }) => issuedCoupons),
    products: all.flatMap(({ products = [] }) => products),
    campaigns: all.flatMap(({ campaigns = [] }) => campaigns),
    holdings: all.flatMap(({ holdings = [] }) => holdings),
  };
};

/** The rows as the next command of the group finds them. */
const settle = (rows: LockedRows, writes: Writes): void => {
  for (const row of writes.wallets ?? []) rows.wallets.set(row.userId, row);
  for (const row of writes.products ?? []) rows.products.set(row.productId, row);
  for (const row of writes.campaigns ?? []) rows.campaigns.set(row.couponId, row);
  for (const row of writes.usedCoupons ?? [])
    rows.issuedCoupons.set(row.issuedCouponId, {
      ...rows.issuedCoupons.get(row.issuedCouponId)!,
      orderId: row.orderId,
    });
  for (const row of writes.newCoupons ?? [])
    rows.holdings.add(holdingKey(row.couponId, row.userId));
};

type WritesByKind = { [Kind in keyof GroupWrites]?: GroupWrites[Kind] };

const collect = (written: WritesByKind, writes: GroupWrites): void => {
  for (const [kind, rows] of Object.entries(writes) as [keyof GroupWrites, never[]][])
    (written[kind] as object[] | undefined) = [...(written[kind] ?? []), ...rows];
};

/** Of a row that several commands changed, only its last state is written. */
const lastStates = (written: WritesByKind, rows: LockedRows): GroupWrites => ({
  ...written,
  wallets: unique(written.wallets, "userId").map((id) => rows.wallets.get(id)!),
  products: unique(written.products, "productId").map((id) => rows.products.get(id)!),
  campaigns: unique(written.campaigns, "couponId").map((id) => rows.campaigns.get(id)!),
});

const unique = <Key extends string>(
  rows: readonly { readonly [K in Key]: string }[] | undefined,
  key: Key,
): string[] => [...new Set((rows ?? []).map((row) => row[key]))];

/** Resolves once the question has the answer yes; asks every 5 ms for at most 5 s. */
export const until = async (question: () => Promise<boolean> | boolean): Promise<void> => {
  for (let asked = 0; asked < 1_000; asked++) {
    if (await question()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("what was waited for did not come");
};
