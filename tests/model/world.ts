import { setTimeout as sleep } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Client } from "../support/client.ts";
import { refusalOf } from "../support/client.ts";
import { addProducts } from "../support/products.ts";
import type { Person, Shop } from "../support/shop.ts";
import { terms, type Model, type Request, type Told } from "./model.ts";

/** The real thing: some people, products and campaigns of their own in a shop of several processes. */
export interface World {
  readonly people: readonly Person[];
  readonly admin: Person;
  readonly productIds: readonly string[];
  readonly campaignIds: readonly string[];
  /** `owner campaign` to the id of the coupon. */
  readonly couponIds: Map<string, string>;
  /** What each key was answered the first time, whole. */
  readonly answers: Map<string, unknown>;
  readonly processes: Processes;
  readonly sql: Shop["sql"];
}

export interface Processes {
  readonly count: number;
  /** A process that is up, this one if it is. */
  alive(index: number): number;
  /** Ends a process, at once or in good order, and starts it again; some other goes on meanwhile. */
  end(index: number, how: "kill" | "stop"): Promise<void>;
  /** Resolves when all are up again. */
  allUp(): Promise<void>;
  readonly ended: Readonly<Record<"kill" | "stop", number>>;
}

export const processesOf = ({ apis }: Shop): Processes => {
  const ended = { kill: 0, stop: 0 };
  const down = new Set<number>();
  let restarting: Promise<void> = Promise.resolve();
  const alive = (index: number) => {
    for (let step = 0; ; step++) {
      const candidate = (index + step) % apis.length;
      if (!down.has(candidate)) return candidate;
    }
  };
  return {
    count: apis.length,
    alive,
    ended,
    allUp: () => restarting,
    end(index, how) {
      const api = apis[index]!;
      // One at a time, in line: somebody has to serve.
      const ending = restarting.then(async () => {
        down.add(index);
        ended[how] += 1;
        await api[how]();
      });
      restarting = ending.then(() => api.start()).then(() => void down.delete(index));
      // Whoever is next in line is told.
      restarting.catch(() => {});
      return ending;
    },
  };
};

const worldsAtOnce = 100;

/** Makes worlds as they are asked for, a hundred at a time. */
export const worldMaker = (shop: Shop, processes: Processes): (() => Promise<World>) => {
  const ready: World[] = [];
  let making: Promise<void> | undefined;
  const make = async (): Promise<void> => {
    const admin = await shop.admin();
    const people = await shop.shoppers(worldsAtOnce * terms.people, terms.firstBalance);
    const made = await Promise.all(
      Array.from({ length: worldsAtOnce }, async (_none, index): Promise<World> => {
        const first = index * terms.people;
        return {
          admin,
          people: people.slice(first, first + terms.people),
          productIds: await makeProducts(shop),
          campaignIds: await makeCampaigns(shop),
          couponIds: new Map(),
          answers: new Map(),
          processes,
          sql: shop.sql,
        };
      }),
    );
    ready.push(...made);
    making = undefined;
  };
  return async () => {
    while (ready.length === 0) await (making ??= make());
    return ready.pop()!;
  };
};

const makeProducts = async ({ sql }: Shop): Promise<string[]> => {
  const products = terms.products.map((product) => ({ ...product, id: randomUUID() }));
  await addProducts(sql, products);
  return products.map(({ id }) => id);
};

const makeCampaigns = async ({ sql }: Shop): Promise<string[]> => {
  const rows = terms.campaigns.map(({ total, fixed, percent, atMost }) => ({
    id: randomUUID(),
    total,
    type: percent > 0 ? "PERCENT" : "FIXED",
    amount: percent > 0 ? atMost : fixed,
    percent: percent > 0 ? percent : null,
  }));
  await sql`
    insert into coupon_campaigns (coupon_id, name, discount_type, discount_amount, discount_percent,
      total_quantity, issue_starts_at, issue_ends_at, valid_from, valid_until)
    select id, 'Model', type, amount, percent, total, now() - interval '1 day',
      now() + interval '1 day', now() - interval '1 day', now() + interval '1 day'
    from jsonb_to_recordset(${sql.json(rows)})
      as r(id uuid, type discount_type, amount bigint, percent int, total bigint)`;
  return rows.map(({ id }) => id);
};

/** Whoever keeps asking is answered within this time. */
const answerMsMax = 15_000;

/** Asks one process after the other, until there is an answer or a refusal. */
const insist = async <Answer>(
  { alive }: Processes,
  first: number,
  send: (process: number) => Promise<Answer>,
): Promise<Answer> => {
  const startedAt = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      return await send(alive(first + tries));
    } catch (error) {
      if (!mayAskAgain(error) || performance.now() - startedAt > answerMsMax) throw error;
      await sleep(20);
    }
  }
};

/** "Come again", or a connection that was lost with its process. */
const mayAskAgain = (error: unknown): boolean => {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refusal.reason === "OVERLOADED";
  return /ECONNRE|EPIPE|socket hang up|aborted/.test((error as Error).message);
};

/** Sends a request until there is an answer that says yes or no. */
export const ask = async (world: World, request: Request, process: number): Promise<Told> => {
  try {
    const { raw, ok } = await insist(world.processes, process, sender(world, request));
    // The first answer of a key is its answer for good, field for field.
    if (!world.answers.has(request.key)) world.answers.set(request.key, raw);
    expect(raw).toEqual(world.answers.get(request.key));
    return { ok };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined || refusal.retry === "later") throw error;
    return { refused: refusal.reason, numbers: numbersIn(world, refusal.details) };
  }
};

type Answered = Promise<{ raw: unknown; ok: Readonly<Record<string, number>> }>;

const sender = (world: World, { key: idempotencyKey, wish }: Request): ((process: number) => Answered) => {
  const by = (who: number, process: number): Client => world.people[who]!.apis[process]!;
  const { productIds, campaignIds, couponIds } = world;
  switch (wish.kind) {
    case "charge":
      return async (process) => {
        const { wallet } = by(wish.who, process);
        const raw = await wallet.charge.mutate({ amount: wish.amount, idempotencyKey });
        return { raw, ok: { balance: raw.balance } };
      };
    case "claim":
      return async (process) => {
        const couponId = campaignIds[wish.campaign]!;
        const raw = await by(wish.who, process).coupon.claim.mutate({ couponId, idempotencyKey });
        couponIds.set(`${wish.who} ${wish.campaign}`, raw.issuedCouponId);
        return { raw, ok: { sequence: raw.sequence } };
      };
    case "restock":
      return async (process) => {
        const productId = productIds[wish.product]!;
        const { restock } = world.admin.apis[process]!.admin.product;
        const raw = await restock.mutate({ productId, quantity: wish.quantity, idempotencyKey });
        return { raw, ok: { stock: raw.stock } };
      };
    case "order": {
      const items = wish.cart.map(({ product, quantity }) => ({
        productId: productIds[product]!,
        quantity,
      }));
      const issuedCouponId = couponIdOf(world, wish.coupon);
      const input = { items, ...(issuedCouponId !== undefined && { issuedCouponId }), idempotencyKey };
      return async (process) => {
        const raw = await by(wish.who, process).order.place.mutate(input);
        const { totalAmount: total, discountAmount: discount, paidAmount: paid, balance } = raw;
        return { raw, ok: { total, discount, paid, balance } };
      };
    }
  }
};

type CouponOfWish = Extract<Request["wish"], { kind: "order" }>["coupon"];

const nobodys = "00000000-0000-7000-8000-000000000000";

const couponIdOf = ({ couponIds }: World, coupon: CouponOfWish): string | undefined => {
  if (coupon === undefined) return undefined;
  return coupon === "nobodys" ? nobodys : couponIds.get(`${coupon.owner} ${coupon.campaign}`)!;
};

/** The numbers of a refusal, in the model's order. */
const numbersIn = ({ productIds }: World, details: object = {}): number[] => {
  if ("lines" in details)
    return (details.lines as { productId: string; requested: number; available: number }[]).flatMap(
      ({ productId, requested, available }) => [productIds.indexOf(productId), requested, available],
    );
  const { minimum, maximum, required, balance } = details as Record<string, number>;
  return [minimum, maximum, required, balance].filter((number) => number !== undefined);
};

/** The world's rows are as the model says. */
export const expectRows = async (model: Model, { sql, people, ...world }: World): Promise<void> => {
  const { productIds, campaignIds } = world;
  const userIds = people.map(({ userId }) => userId);
  const [row] = await sql<{ rows: ReturnType<typeof rowsOf> }[]>`
    select json_build_object(
      'balances', (select json_agg(balance order by array_position(${userIds}::uuid[], user_id))
        from wallets where user_id = any(${userIds}::uuid[])),
      'stocks', (select json_agg(stock order by array_position(${productIds}::uuid[], product_id))
        from products where product_id = any(${productIds}::uuid[])),
      'held', (select coalesce(json_agg(json_build_array(
          array_position(${campaignIds}::uuid[], coupon_id) - 1, sequence,
          array_position(${userIds}::uuid[], user_id) - 1, order_id is not null)
          order by array_position(${campaignIds}::uuid[], coupon_id), sequence), '[]')
        from issued_coupons where coupon_id = any(${campaignIds}::uuid[]))
    ) as rows`;
  expect(row?.rows).toEqual(rowsOf(model));
};

type Held = readonly [campaign: number, sequence: number, owner: number, used: boolean];

const rowsOf = (model: Model) => ({
  balances: model.balances,
  stocks: model.stocks,
  held: heldIn(model),
});

const heldIn = ({ holders, used }: Model): Held[] =>
  holders.flatMap((line, campaign) =>
    line.map((owner, index): Held => [campaign, index + 1, owner, used.has(`${owner} ${campaign}`)]),
  );

/** And it is shown to everybody so, wherever they are sent to. */
export const expectShown = async (model: Model, world: World): Promise<void> => {
  const { people, productIds, campaignIds, processes } = world;
  const [balances, stocks, coupons] = await insist(processes, model.sent.length, (process) =>
    Promise.all([
      Promise.all(people.map(({ apis }) => apis[process]!.wallet.balance.query())),
      Promise.all(
        productIds.map((productId) => people[0]!.apis[process]!.product.byId.query({ productId })),
      ),
      Promise.all(people.map(({ apis }) => apis[process]!.coupon.mine.query({}))),
    ]),
  );
  const held = coupons.flatMap(({ items }, owner) =>
    items.map(({ couponId, sequence, status }): Held => [
      campaignIds.indexOf(couponId),
      sequence,
      owner,
      status === "USED",
    ]),
  );
  const byPlace = (a: Held, b: Held) => a[0] - b[0] || a[1] - b[1];
  expect({
    balances: balances.map(({ balance }) => balance),
    stocks: stocks.map(({ stock }) => stock),
    held: held.toSorted(byPlace),
  }).toEqual(rowsOf(model));
};
