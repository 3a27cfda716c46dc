import { setTimeout as sleep } from "node:timers/promises";
import type { Http } from "./http.ts";
import { openLedger, type Intention, type Ledger, type Told } from "./ledger.ts";
import type { Random } from "./random.ts";

/* People who do everything at once, for as long as it takes, and note what they are told. */

/** Somebody who can send commands. */
export interface Sender {
  readonly userId: string;
  readonly token: string;
}

/** What there is to buy and to claim, and by whom. */
export interface World {
  readonly shoppers: readonly Sender[];
  /** A shopper whom nobody sends for unless a test does. */
  readonly victim: Sender;
  readonly admin: Sender;
  readonly products: readonly string[];
  readonly campaigns: readonly string[];
}

export interface LoadOptions {
  readonly http: Http;
  /** The API processes; each sending goes to one of them. */
  readonly urls: readonly string[];
  readonly world: World;
  readonly random: Random;
  /** All keys of this load begin with it. */
  readonly prefix: string;
  /** People who send at the same time; 16. */
  readonly clients?: number;
  /** Between two intentions of one of them, at most (ms); 20. */
  readonly thinkMsMax?: number;
  /** Of a hundred intentions, how many are sent several times at once; 10. */
  readonly atOncePercent?: number;
  /** Only these procedures; all. */
  readonly only?: readonly Intention["procedure"][];
  /** An intention that was wanted at `from` was settled at `to`, or never (ms of this process). */
  readonly onSettled?: (from: number, to: number) => void;
}

export interface Load {
  readonly ledger: Ledger;
  /** Everyone finishes what they are at, without trying again. */
  stop(): Promise<void>;
  /** All keys of this load begin with it; those of a test's own intentions have to. */
  readonly prefix: string;
  /** Sends one intention once, to the process with this number or any. */
  send(intention: Intention, process?: number, hangUp?: AbortSignal): Promise<Told>;
  /**
   * Asks what became of those that nobody knows of, until everybody knows. `rest` resolves when the
   * shop is at rest: nothing that was asked before is on its way any more.
   */
  resolve(rest: () => Promise<void>): Promise<ResolveFigures>;
  /** Sends again what was carried out, at most so many; the ledger compares. */
  replay(most: number): Promise<number>;
}

export interface ResolveFigures {
  readonly unknown: number;
  /** Of those, how many the first try settled. */
  readonly atFirstTry: number;
}

/** A client gives up here; whoever is not answered within ten seconds has found a hang. */
const hungMs = 12_000;

/** A client that is told to come again, or nothing, does so after at most this long (ms). */
const comeAgainMs = 200;
const resolveTriesMax = 10;

export function startLoad(options: LoadOptions): Load {
  const { random } = options;
  const ledger = openLedger();
  const wanted = createWants(options, ledger);
  let running = true;

  const send: Load["send"] = async (
    intention,
    process = random(options.urls.length),
    hangUp = AbortSignal.timeout(hungMs),
  ) => {
    const note = ledger.send(intention);
    const told = await ask(options, intention, options.urls[process]!, hangUp);
    note(told);
    return told;
  };

  const carryOut = async (intention: Intention) => {
    const from = performance.now();
    while ((await send(intention)).status === "unknown") {
      if (!running) return options.onSettled?.(from, Infinity);
      await sleep(random(comeAgainMs));
    }
    options.onSettled?.(from, performance.now());
  };
  const client = async () => {
    while (running) {
      const intention = wanted();
      const copies = random(100) < (options.atOncePercent ?? 10) ? 2 + random(4) : 1;
      await Promise.all(Array.from({ length: copies }, () => carryOut(intention)));
      await sleep(random(options.thinkMsMax ?? 20));
    }
  };
  const clients = Promise.all(Array.from({ length: options.clients ?? 16 }, client));

  return {
    ledger,
    prefix: options.prefix,
    send,
    async stop() {
      running = false;
      await clients;
    },
    async resolve(rest) {
      const left: number[] = [];
      for (let tries = 0; tries <= resolveTriesMax; tries++) {
        await rest();
        ledger.atRest();
        const unsettled = ledger.unsettled();
        left.push(unsettled.length);
        if (unsettled.length === 0) break;
        await inTurns(unsettled, ({ intention }) => send(intention));
      }
      const [unknown = 0, afterFirst = 0] = left;
      return { unknown, atFirstTry: unknown - afterFirst };
    },
    async replay(most) {
      const done = ledger.entries().filter(({ reply }) => reply !== undefined);
      const first = random(Math.max(1, done.length - most));
      const chosen = done.slice(first, first + most);
      await inTurns(chosen, ({ intention }) => send(intention));
      return chosen.length;
    },
  };
}

/** Eight at a time: as many as keep the shop busy without flooding it. */
async function inTurns<Item, Value>(
  items: readonly Item[],
  run: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const left = [...items];
  const values: Value[] = [];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift())
      values.push(await run(item));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return values;
}

/** Sends an intention over HTTP as any program would, and reads what the shop says. */
async function ask(
  { http, world }: LoadOptions,
  { userId, procedure, input }: Intention,
  url: string,
  hangUp: AbortSignal,
): Promise<Told> {
  const { token } = senderOf(world, userId);
  try {
    const answered = await http.send(`${url}/trpc/${procedure}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(input),
      signal: hangUp,
    });
    return read(answered.text);
  } catch (error) {
    const { name } = error as Error;
    return { status: "unknown", why: name === "AbortError" ? "hung up" : "lost" };
  }
}

/** What says nothing about whether it was done: the same may be sent again. */
const comeAgain = new Set(["OVERLOADED", "INTERNAL", "RATE_LIMITED"]);

function read(text: string): Told {
  const { result, error } = JSON.parse(text) as {
    readonly result?: { readonly data: Record<string, unknown> };
    readonly error?: { readonly data: { readonly reason: string } };
  };
  if (result) return { status: "done", reply: result.data };
  const { reason } = error!.data;
  return comeAgain.has(reason) ? { status: "unknown", why: reason } : { status: "refused", reason };
}

const sendersByWorld = new WeakMap<World, Map<string, Sender>>();

function senderOf(world: World, userId: string): Sender {
  let senders = sendersByWorld.get(world);
  if (!senders) {
    const all = [...world.shoppers, world.victim, world.admin];
    senders = new Map(all.map((sender) => [sender.userId, sender]));
    sendersByWorld.set(world, senders);
  }
  return senders.get(userId)!;
}

/** Invents one intention after the other: what people want, and now and then what they cannot get. */
function createWants(options: LoadOptions, ledger: Ledger): () => Intention {
  const { world, random, prefix, only } = options;
  let keys = 0;
  const key = () => `${prefix}${keys++}`;
  const oneOf = <Item>(items: readonly Item[]) => items[random(items.length)]!;
  // Every other order is for the same product: the rush that the shop is made for.
  const product = () => (random(2) === 0 ? world.products[0]! : oneOf(world.products));

  const wants: Record<Intention["procedure"], () => Intention> = {
    "wallet.charge": () => ({
      userId: oneOf(world.shoppers).userId,
      procedure: "wallet.charge",
      input: { amount: 1_000 + random(9_000), idempotencyKey: key() },
    }),
    "order.place": () => {
      const coupon = random(4) === 0 ? someCoupon(ledger, random) : undefined;
      const items = Array.from({ length: 1 + random(3) }, () => ({
        productId: product(),
        quantity: 1 + random(3),
      }));
      return {
        userId: coupon?.userId ?? oneOf(world.shoppers).userId,
        procedure: "order.place",
        input: {
          items,
          ...(coupon && { issuedCouponId: coupon.issuedCouponId }),
          idempotencyKey: key(),
        },
      };
    },
    "coupon.claim": () => ({
      userId: oneOf(world.shoppers).userId,
      procedure: "coupon.claim",
      input: { couponId: oneOf(world.campaigns), idempotencyKey: key() },
    }),
    "admin.product.restock": () => ({
      userId: world.admin.userId,
      procedure: "admin.product.restock",
      input: { productId: product(), quantity: 1 + random(20), idempotencyKey: key() },
    }),
  };
  // Of twenty: 9 charges, 8 orders, 2 claims, 1 restock.
  const mixture = (Object.keys(wants) as Intention["procedure"][]).flatMap((procedure) =>
    Array.from({ length: shares[procedure] }, () => procedure),
  );
  const possible = mixture.filter((procedure) => only?.includes(procedure) ?? true);
  return () => wants[oneOf(possible)]();
}

const shares = {
  "wallet.charge": 9,
  "order.place": 8,
  "coupon.claim": 2,
  "admin.product.restock": 1,
} as const satisfies Record<Intention["procedure"], number>;

/** A coupon that somebody was given; used already, perhaps: then the order is refused. */
function someCoupon(ledger: Ledger, random: Random) {
  const claims = ledger
    .entries()
    .slice(-200)
    .filter(({ intention, reply }) => intention.procedure === "coupon.claim" && reply !== undefined);
  const claim = claims[random(Math.max(1, claims.length))];
  return (
    claim && {
      userId: claim.intention.userId,
      issuedCouponId: claim.reply!["issuedCouponId"] as string,
    }
  );
}
