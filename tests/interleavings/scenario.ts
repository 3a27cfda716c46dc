import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { claimCoupon } from "@stampede/core/coupon/claim";
import type { Command } from "@stampede/core/decision";
import { placeOrder } from "@stampede/core/order/place";
import { restockProduct } from "@stampede/core/product/restock";
import {
  aCampaign,
  aCoupon,
  aProduct,
  aShop,
  aWallet,
  settle,
  type Shop as Rows,
} from "@stampede/core/testing/shop";
import { chargeWallet } from "@stampede/core/wallet/charge";
import { createShoppers } from "@stampede/db/seed/shoppers";
import type { Transactions } from "@stampede/db/transactions";
import type postgres from "postgres";
import { Refused } from "../../apps/api/src/refused.ts";
import type { Shell } from "../../apps/api/src/shell/shell.ts";
import { addProducts } from "../support/products.ts";

/** Two people, two products, a coupon that one holds and a campaign with one coupon left. */
export interface World {
  readonly ada: string;
  readonly ben: string;
  readonly tea: string;
  readonly cups: string;
  readonly campaign: string;
  readonly past: string;
  /** Ada's, of the past campaign: 300 off. */
  readonly coupon: string;
}

const terms = {
  balance: 1_500,
  tea: { price: 1_000, stock: 1 },
  cups: { price: 700, stock: 2 },
  coupons: 1,
  discount: 300,
} as const;

/** What somebody does; the same `key` is the same intention. */
export interface Deed {
  readonly command: Command<never, unknown>;
  readonly actorId: string;
  readonly key: string;
  readonly input: object;
}

const deed = <Input extends object>(
  command: Command<Input, unknown>,
  actorId: string,
  key: string,
  input: Input,
): Deed => ({ command: command as unknown as Command<never, unknown>, actorId, key, input });

/** Everything that is interleaved, by name; two names with one key are one intention. */
export const deeds = {
  "Ada charges 1,000": (w: World) => deed(chargeWallet, w.ada, "charge-01", { amount: 1_000 }),
  "Ada charges 1,000 (again)": (w: World) => deed(chargeWallet, w.ada, "charge-01", { amount: 1_000 }),
  "Ada charges 2,000 with that key": (w: World) =>
    deed(chargeWallet, w.ada, "charge-01", { amount: 2_000 }),
  "Ada charges 3,000": (w: World) => deed(chargeWallet, w.ada, "charge-02", { amount: 3_000 }),
  "Ben charges 1,000": (w: World) => deed(chargeWallet, w.ben, "charge-01", { amount: 1_000 }),
  "Ada buys the last tea": (w: World) =>
    deed(placeOrder, w.ada, "order-0001", { items: [{ productId: w.tea, quantity: 1 }] }),
  "Ada buys the last tea (again)": (w: World) =>
    deed(placeOrder, w.ada, "order-0001", { items: [{ productId: w.tea, quantity: 1 }] }),
  "Ben buys the last tea": (w: World) =>
    deed(placeOrder, w.ben, "order-0001", { items: [{ productId: w.tea, quantity: 1 }] }),
  "Ada buys cups": (w: World) =>
    deed(placeOrder, w.ada, "order-0002", { items: [{ productId: w.cups, quantity: 1 }] }),
  "Ada buys tea and cups": (w: World) =>
    deed(placeOrder, w.ada, "order-0003", {
      items: [
        { productId: w.tea, quantity: 1 },
        { productId: w.cups, quantity: 1 },
      ],
    }),
  "Ben buys cups": (w: World) =>
    deed(placeOrder, w.ben, "order-0002", { items: [{ productId: w.cups, quantity: 2 }] }),
  "Ada buys cups by coupon": (w: World) =>
    deed(placeOrder, w.ada, "order-0004", {
      items: [{ productId: w.cups, quantity: 1 }],
      issuedCouponId: w.coupon,
    }),
  "Ada buys tea by coupon": (w: World) =>
    deed(placeOrder, w.ada, "order-0005", {
      items: [{ productId: w.tea, quantity: 1 }],
      issuedCouponId: w.coupon,
    }),
  "Ada claims": (w: World) => deed(claimCoupon, w.ada, "claim-0001", { couponId: w.campaign }),
  "Ada claims (again)": (w: World) =>
    deed(claimCoupon, w.ada, "claim-0001", { couponId: w.campaign }),
  "Ada claims a second": (w: World) =>
    deed(claimCoupon, w.ada, "claim-0002", { couponId: w.campaign }),
  "Ben claims": (w: World) => deed(claimCoupon, w.ben, "claim-0001", { couponId: w.campaign }),
  "Ben restocks tea": (w: World) =>
    deed(restockProduct, w.ben, "restock-01", { productId: w.tea, quantity: 1 }),
} satisfies Readonly<Record<string, (world: World) => Deed>>;
export type DeedName = keyof typeof deeds;

export interface Outcome {
  readonly told: { readonly reply: unknown } | { readonly refused: object };
}

export const carryOut =
  ({ command, actorId, key, input }: Deed) =>
  async (shell: Shell): Promise<Outcome> => {
    try {
      const request = { ...input, idempotencyKey: key } as never;
      return { told: { reply: await shell.execute(command, actorId, request) } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { told: { refused: error.refusal } };
    }
  };

/** Makes so many worlds at once; the books add up in each. */
export const makeWorlds = async (
  transactions: Transactions,
  sql: postgres.Sql,
  count: number,
): Promise<World[]> => {
  const people: string[] = [];
  for await (const chunk of createShoppers(transactions, 2 * count, terms.balance))
    people.push(...chunk.map(({ userId }) => userId));
  const worlds = Array.from({ length: count }, (_none, index): World => ({
    ada: people[2 * index]!,
    ben: people[2 * index + 1]!,
    tea: randomUUID(),
    cups: randomUUID(),
    campaign: randomUUID(),
    past: randomUUID(),
    coupon: randomUUID(),
  }));
  const products = worlds.flatMap(({ tea, cups }) => [
    { id: tea, ...terms.tea },
    { id: cups, ...terms.cups },
  ]);
  await addProducts(sql, products);
  const campaigns = worlds.flatMap(({ campaign, past }) => [
    { id: campaign, issued: 0 },
    { id: past, issued: 1 },
  ]);
  await sql`
    insert into coupon_campaigns (coupon_id, name, discount_type, discount_amount, total_quantity,
      issued_quantity, issue_starts_at, issue_ends_at, valid_from, valid_until)
    select id, 'Interleaved', 'FIXED', ${terms.discount}, ${terms.coupons}, issued,
      now() - interval '1 day', now() + interval '1 day',
      now() - interval '1 day', now() + interval '1 day'
    from jsonb_to_recordset(${sql.json(campaigns)}) as r(id uuid, issued bigint)`;
  const held = worlds.map(({ ada, past, coupon }) => ({ ada, past, coupon }));
  await sql`
    with r as (
      select * from jsonb_to_recordset(${sql.json(held)}) as r(ada uuid, past uuid, coupon uuid)
    ),
    issued as (
      insert into issued_coupons (issued_coupon_id, coupon_id, user_id, sequence, issued_at)
      select coupon, past, ada, 1, now() from r
    )
    insert into idempotency_keys (user_id, procedure, key, fingerprint, operation_id, reply, created_at)
    select ada, 'coupon.claim', 'made-with-its-world', 'made', coupon, json_build_object(
      'issuedCouponId', coupon, 'couponId', past, 'sequence', 1)::text, now() from r`;
  return worlds;
};

/** The rows of a world as decisions see them before anything has happened. */
const rowsOf = (w: World): Rows => {
  const discount = { type: "FIXED", amount: terms.discount } as const;
  const moment = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const period = {
    issueStartsAt: moment(-1),
    issueEndsAt: moment(1),
    validFrom: moment(-1),
    validUntil: moment(1),
  };
  const campaign = (couponId: string, issuedQuantity: number) =>
    aCampaign({ couponId, discount, totalQuantity: terms.coupons, issuedQuantity, ...period });
  return aShop({
    wallets: [w.ada, w.ben].map((userId) => aWallet({ userId, balance: terms.balance, seq: 1 })),
    products: [
      aProduct({ productId: w.tea, ...terms.tea }),
      aProduct({ productId: w.cups, ...terms.cups }),
    ],
    campaigns: [campaign(w.campaign, 0), campaign(w.past, 1)],
    coupons: [
      aCoupon({
        issuedCouponId: w.coupon,
        couponId: w.past,
        userId: w.ada,
        terms: { discount, validFrom: period.validFrom, validUntil: period.validUntil },
      }),
    ],
  });
};

/** What is left of a world: everything that a deed can change, without ids and moments. */
export interface Rest {
  readonly wallets: readonly (readonly [balance: number, seq: number])[];
  readonly stocks: readonly number[];
  readonly issued: readonly number[];
  /** Who holds a coupon of the campaign, in their order, and whether Ada's old one was used. */
  readonly holders: readonly string[];
  readonly used: boolean;
}

export const readRest = async (sql: postgres.Sql, w: World): Promise<Rest> => {
  const [row] = await sql<{ rest: Rest }[]>`
    select json_build_object(
      'wallets', (select json_agg(json_build_array(balance, seq) order by user_id = ${w.ben})
        from wallets where user_id in (${w.ada}, ${w.ben})),
      'stocks', (select json_agg(stock order by product_id = ${w.cups})
        from products where product_id in (${w.tea}, ${w.cups})),
      'issued', (select json_agg(issued_quantity order by coupon_id = ${w.past})
        from coupon_campaigns where coupon_id in (${w.campaign}, ${w.past})),
      'holders', (select coalesce(json_agg(user_id order by sequence), '[]')
        from issued_coupons where coupon_id = ${w.campaign}),
      'used', (select order_id is not null from issued_coupons where issued_coupon_id = ${w.coupon})
    ) as rest`;
  return row!.rest;
};

const restOf = (rows: Rows, w: World): Rest => ({
  wallets: [w.ada, w.ben].map((id) => {
    const { balance, seq } = rows.wallets.get(id)!;
    return [balance, seq];
  }),
  stocks: [w.tea, w.cups].map((id) => rows.products.get(id)!.stock),
  issued: [w.campaign, w.past].map((id) => rows.campaigns.get(id)!.issuedQuantity),
  holders: [...rows.issuedCoupons.values()]
    .filter(({ couponId }) => couponId === w.campaign)
    .sort((a, b) => a.sequence - b.sequence)
    .map(({ userId }) => userId),
  used: rows.issuedCoupons.get(w.coupon)!.orderId !== null,
});

/** Of an answer what can be known beforehand: no ids, no moments, no words. */
const knowable = ({ told }: Outcome): unknown => {
  if ("refused" in told) return told.refused;
  const fields = Object.entries(told.reply as object);
  return Object.fromEntries(fields.filter(([, value]) => typeof value === "number"));
};

/** The orders, one deed after the other, that explain the outcomes and what is left. */
export const explanations = (
  world: World,
  done: readonly Deed[],
  outcomes: readonly Outcome[],
  rest: Rest,
): number[][] =>
  ordersOf(done.map((_deed, index) => index)).filter((order) => {
    const serial = oneAfterTheOther(world, done, order);
    return (
      isDeepStrictEqual(serial.rest, rest) &&
      isDeepStrictEqual(serial.outcomes.map(knowable), outcomes.map(knowable))
    );
  });

const oneAfterTheOther = (world: World, done: readonly Deed[], order: readonly number[]) => {
  const rows = rowsOf(world);
  const bound = new Map<string, { readonly input: string; readonly outcome: Outcome }>();
  const outcomes: Outcome[] = [];
  for (const index of order) {
    const { command, actorId, key, input } = done[index]!;
    const keyId = `${actorId} ${command.name} ${key}`;
    const earlier = bound.get(keyId);
    if (earlier) {
      const isSame = earlier.input === JSON.stringify(input);
      const reused: Outcome = { told: { refused: { reason: "IDEMPOTENCY_KEY_REUSED" } } };
      outcomes[index] = isSame ? earlier.outcome : reused;
      continue;
    }
    const at = new Date().toISOString();
    const decided = command.decide(rows, {
      actorId,
      operationId: `deed ${index}`,
      at,
      input: input as never,
    });
    if (decided.ok) {
      settle(rows, decided.value.writes);
      const outcome: Outcome = { told: { reply: decided.value.reply } };
      bound.set(keyId, { input: JSON.stringify(input), outcome });
      outcomes[index] = outcome;
    } else outcomes[index] = { told: { refused: decided.error } };
  }
  return { outcomes, rest: restOf(rows, world) };
};

const ordersOf = (things: readonly number[]): number[][] =>
  things.length < 2
    ? [[...things]]
    : things.flatMap((first) =>
        ordersOf(things.filter((thing) => thing !== first)).map((others) => [first, ...others]),
      );
