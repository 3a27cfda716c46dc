/*
 * The shop as simply as it can be said: a few numbers, one thing after the other. Written from the
 * contract and not from the rules in packages/core, so that the two can disagree.
 */

/** What somebody asks for. People, products and campaigns by their number in the world. */
export type Wish =
  | { readonly kind: "charge"; readonly who: number; readonly amount: number }
  | { readonly kind: "claim"; readonly who: number; readonly campaign: number }
  | { readonly kind: "restock"; readonly product: number; readonly quantity: number }
  | {
      readonly kind: "order";
      readonly who: number;
      readonly cart: readonly { readonly product: number; readonly quantity: number }[];
      /** Whose coupon of which campaign; `nobodys` is one that was never issued. */
      readonly coupon?: { readonly owner: number; readonly campaign: number } | "nobodys";
    };

export interface Request {
  readonly key: string;
  readonly wish: Wish;
}

/** What is answered, as far as it can be known beforehand. */
export type Told =
  | { readonly ok: Readonly<Record<string, number>> }
  | { readonly refused: string; readonly numbers: readonly number[] };

/** The terms every world begins with. */
export const terms = {
  people: 3,
  firstBalance: 2_000,
  products: [
    { price: 700, stock: 5 },
    { price: 1_000, stock: 2 },
    { price: 9_999, stock: 1 },
  ],
  campaigns: [
    { total: 2, fixed: 800, percent: 0, atMost: 0 },
    { total: 1, fixed: 0, percent: 33, atMost: 1_500 },
  ],
} as const;

const refused = (reason: string, ...numbers: number[]): Told => ({ refused: reason, numbers });

export class Model {
  readonly balances: number[];
  readonly stocks: number[];
  /** Of each campaign its holders, first come first, and who has used theirs. */
  readonly holders: number[][];
  readonly used: Set<string>;
  /** Every request that was ever sent: what "again" can mean. */
  readonly sent: Request[];
  private readonly bound: Map<string, { readonly input: string; readonly told: Told }>;

  constructor(from?: Model) {
    this.balances = from ? [...from.balances] : Array(terms.people).fill(terms.firstBalance);
    this.stocks = from ? [...from.stocks] : terms.products.map(({ stock }) => stock);
    this.holders = from ? from.holders.map((line) => [...line]) : terms.campaigns.map(() => []);
    this.used = new Set(from?.used);
    this.sent = from ? [...from.sent] : [];
    this.bound = new Map(from?.bound);
  }

  /** Carries a request out: once a key, refusals leave nothing. */
  carryOut({ key, wish }: Request): Told {
    const input = JSON.stringify(wish);
    const earlier = this.bound.get(key);
    if (earlier) return earlier.input === input ? earlier.told : refused("IDEMPOTENCY_KEY_REUSED");
    const told = this.decide(wish);
    if ("ok" in told) this.bound.set(key, { input, told });
    return told;
  }

  private decide(wish: Wish): Told {
    if (wish.kind === "charge") return this.charge(wish.who, wish.amount);
    if (wish.kind === "claim") return this.claim(wish.who, wish.campaign);
    if (wish.kind === "order") return this.order(wish);
    this.stocks[wish.product]! += wish.quantity;
    return { ok: { stock: this.stocks[wish.product]! } };
  }

  private charge(who: number, amount: number): Told {
    if (amount < 1_000) return refused("CHARGE_BELOW_MINIMUM", 1_000);
    if (amount > 10_000_000) return refused("CHARGE_ABOVE_MAXIMUM", 10_000_000);
    this.balances[who]! += amount;
    return { ok: { balance: this.balances[who]! } };
  }

  private claim(who: number, campaign: number): Told {
    const line = this.holders[campaign]!;
    if (line.includes(who)) return refused("COUPON_ALREADY_ISSUED");
    if (line.length >= terms.campaigns[campaign]!.total) return refused("COUPON_SOLD_OUT");
    line.push(who);
    return { ok: { sequence: line.length } };
  }

  private order({ who, cart, coupon }: Extract<Wish, { kind: "order" }>): Told {
    const wanted = terms.products.map((_product, index) =>
      cart.filter(({ product }) => product === index).reduce((sum, line) => sum + line.quantity, 0),
    );
    const named = [...new Set(cart.map(({ product }) => product))];
    const short = named.filter((product) => wanted[product]! > this.stocks[product]!);
    if (short.length > 0)
      return refused(
        "INSUFFICIENT_STOCK",
        ...short.flatMap((product) => [product, wanted[product]!, this.stocks[product]!]),
      );

    const total = named.reduce((sum, each) => sum + terms.products[each]!.price * wanted[each]!, 0);
    let discount = 0;
    if (coupon) {
      if (coupon === "nobodys" || coupon.owner !== who) return refused("COUPON_NOT_FOUND");
      if (this.used.has(`${who} ${coupon.campaign}`)) return refused("COUPON_ALREADY_USED");
      const { fixed, percent, atMost } = terms.campaigns[coupon.campaign]!;
      discount = percent > 0 ? Math.floor((total * percent) / 100) : fixed;
      discount = Math.min(discount, percent > 0 ? atMost : total);
    }
    const paid = total - discount;
    if (this.balances[who]! < paid) return refused("INSUFFICIENT_BALANCE", paid, this.balances[who]!);

    this.balances[who]! -= paid;
    for (const product of named) this.stocks[product]! -= wanted[product]!;
    if (coupon) this.used.add(`${who} ${coupon.campaign}`);
    return { ok: { total, discount, paid, balance: this.balances[who]! } };
  }

  /**
   * The shop after all these requests, sent at once and told this: carried out in some order. Throws
   * when there is none in which each would have been told what it was.
   */
  after(requests: readonly Request[], told: readonly Told[]): Model {
    for (const order of ordersOf(requests.map((_request, index) => index))) {
      const model = new Model(this);
      const fits = order.every(
        (index) => JSON.stringify(model.carryOut(requests[index]!)) === JSON.stringify(told[index]),
      );
      if (fits) return model;
    }
    const all = requests.map(({ wish }, index) => [wish, told[index]]);
    throw new Error(`no order of these explains what they were told: ${JSON.stringify(all)}`);
  }
}

/** All orders of a few things. */
const ordersOf = (things: readonly number[]): number[][] =>
  things.length < 2
    ? [[...things]]
    : things.flatMap((first) =>
        ordersOf(things.filter((thing) => thing !== first)).map((rest) => [first, ...rest]),
      );
