import fc from "fast-check";
import { newKey } from "../support/client.ts";
import { terms, type Model, type Request, type Told, type Wish } from "./model.ts";
import { ask, expectRows, type World } from "./world.ts";

/* What fast-check puts together, tries, and takes apart again when something is wrong. */

/** One request of several at once: a new one, or an earlier one again, the same or changed. */
type Entry =
  | { readonly wish: Wish; readonly process: number }
  | { readonly again: number; readonly process: number }
  | { readonly reuse: number; readonly process: number };

/** What happens to a process while they are under way. */
interface End {
  readonly how: "kill" | "stop";
  readonly process: number;
  readonly afterMs: number;
}

/** The model is replaced as a whole when an order is found: a run's state is a box for it. */
export interface State {
  model: Model;
}

/** Several requests at once, to several processes, one of which may die meanwhile. */
class Together implements fc.AsyncCommand<State, World> {
  private readonly entries: readonly Entry[];
  private readonly end: End | undefined;
  constructor(entries: readonly Entry[], end: End | undefined) {
    this.entries = entries;
    this.end = end;
  }

  check({ model }: Readonly<State>): boolean {
    return this.entries.length > 0 && this.entries.every((entry) => "wish" in entry || model.sent.length > 0);
  }

  async run(state: State, world: World): Promise<void> {
    const requests = this.entries.map((entry) => requestOf(entry, state.model));
    const asked = Promise.all(
      requests.map((request, index) => ask(world, request, this.entries[index]!.process)),
    );
    asked.catch(() => {});
    if (this.end) {
      const { how, process, afterMs } = this.end;
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await world.processes.end(process, how);
    }
    const told: Told[] = await asked;
    state.model = state.model.after(requests, told);
    state.model.sent.push(...requests);
    await expectRows(state.model, world);
  }

  toString(): string {
    const said = this.entries.map((entry) => JSON.stringify(entry));
    return `together(${[...said, ...(this.end ? [JSON.stringify(this.end)] : [])].join(", ")})`;
  }
}

const requestOf = (entry: Entry, model: Model): Request => {
  if ("wish" in entry) return { key: newKey(), wish: resolved(entry.wish, model) };
  const nth = "again" in entry ? entry.again : entry.reuse;
  const earlier = model.sent[nth % model.sent.length]!;
  return "again" in entry ? earlier : { ...earlier, wish: changed(earlier.wish) };
};

/** A coupon that nobody has been told of yet cannot be named. */
const resolved = (wish: Wish, model: Model): Wish => {
  if (wish.kind !== "order" || wish.coupon === undefined || wish.coupon === "nobodys") return wish;
  const { owner, campaign } = wish.coupon;
  return model.holders[campaign]!.includes(owner) ? wish : { ...wish, coupon: "nobodys" };
};

/** The same procedure of the same person with another input. */
const changed = (wish: Wish): Wish => {
  if (wish.kind === "charge") return { ...wish, amount: wish.amount + 1 };
  if (wish.kind === "restock") return { ...wish, quantity: wish.quantity + 1 };
  if (wish.kind === "claim")
    return { ...wish, campaign: (wish.campaign + 1) % terms.campaigns.length };
  return { ...wish, cart: [...wish.cart, { product: 0, quantity: 1 }] };
};

const who = fc.nat({ max: terms.people - 1 });
const product = fc.nat({ max: terms.products.length - 1 });
const campaign = fc.nat({ max: terms.campaigns.length - 1 });
const line = fc.record({ product, quantity: fc.integer({ min: 1, max: 3 }) });

const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("charge" as const),
      who,
      amount: fc.constantFrom(1_000, 2_000, 5_000, 20_000, 999, 10_000_001),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record(
      {
        kind: fc.constant("order" as const),
        who,
        cart: fc.array(line, { minLength: 1, maxLength: 3 }),
        coupon: fc.oneof(fc.record({ owner: who, campaign }), fc.constant("nobodys" as const)),
      },
      { requiredKeys: ["kind", "who", "cart"] },
    ),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("claim" as const), who, campaign }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("restock" as const),
      product,
      quantity: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

/** One in so many batches sees a process end: starting one again takes a second. */
const batchesPerEnd = 80;

/** Commands for a shop of so many processes. */
export const commandsFor = (processes: number, maxCommands: number) => {
  const process = fc.nat({ max: processes - 1 });
  const nth = fc.nat({ max: 30 });
  const entry: fc.Arbitrary<Entry> = fc.oneof(
    { weight: 12, arbitrary: fc.record({ wish, process }) },
    { weight: 3, arbitrary: fc.record({ again: nth, process }) },
    { weight: 1, arbitrary: fc.record({ reuse: nth, process }) },
  );
  const end = fc.record({
    how: fc.constantFrom("kill" as const, "kill" as const, "stop" as const),
    process,
    afterMs: fc.nat({ max: 12 }),
  });
  const mayEnd: fc.Arbitrary<End | undefined> = fc.oneof(
    { weight: batchesPerEnd - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: end },
  );
  const together = fc
    .record({
      // None, and the batch is left out: only so fast-check finds out which ones do not matter.
      entries: fc.array(entry, { minLength: 0, maxLength: 4, size: "max" }),
      end: mayEnd,
    })
    .map((batch) => new Together(batch.entries, batch.end));
  return fc.commands([together], { maxCommands, size: "max" });
};
