import type { Audit } from "@stampede/core/audit/schema";
import type { Campaign } from "@stampede/core/coupon/schema";
import type { Page } from "@stampede/core/page";
import type { PopularProduct, Product, ProductListInput } from "@stampede/core/product/schema";
import type { Balance } from "@stampede/core/wallet/schema";
import { runAudit } from "@stampede/db/audit";
import type { Database } from "@stampede/db/connect";
import { readPopularProducts } from "@stampede/db/popularity";
import { listCampaigns } from "@stampede/db/read/coupons";
import { listProducts, productOf, readRawProducts } from "@stampede/db/read/products";
import { readSessions, type SessionUser } from "@stampede/db/read/sessions";
import { readBalances } from "@stampede/db/read/wallet";
import type { Transactions } from "@stampede/db/transactions";
import { createBatcher, type Batcher } from "./shell/batcher.ts";
import type { Shell } from "./shell/shell.ts";
import { createUnchanged } from "./trpc/unchanged.ts";

/** Everything the routers use. A test may put its own in. */
export interface Shop {
  readonly shell: Shell;
  readonly transactions: Transactions;
  /** For reads of one caller: pages of orders, history, coupons. */
  readonly db: Database;
  /** Reads that many callers make at once, each query shared by all who wait for it. */
  readonly shared: SharedReads;
}

/** What it answers is one object for all who waited: nobody may change it. */
export interface SharedReads {
  session(token: string): Promise<SessionUser | undefined>;
  /**
   * Who a token spoke for when it was last looked up. It never speaks for anybody else; whether it still is
   * valid, whoever relies on this has to ask.
   */
  lastSession(token: string): SessionUser | undefined;
  /** A token that is valid no more. */
  forgetSession(token: string): void;
  product(productId: string): Promise<Product | undefined>;
  productPage(input: ProductListInput): Promise<Page<Product>>;
  balance(userId: string): Promise<Balance | undefined>;
  popularProducts(): Promise<PopularProduct[]>;
  campaigns(): Promise<Campaign[]>;
  audit(): Promise<Audit>;
}

/** Callers that may wait for one shared read: far more than one process has sockets busy. */
const waitingMax = 50_000;

export const createSharedReads = (db: Database, databaseUrl: string): SharedReads => {
  const sessionsKnown = createUnchanged(sessionsKnownMax, (user: SessionUser) => user);
  const sessions = byKey((tokens) => readSessions(db, tokens), sessionsKnown.answerOf);
  const products = byKey((ids) => readRawProducts(db, ids), createUnchanged(productsKnownMax, productOf).answerOf);
  const pagesKnown = createUnchanged(pagesKnownMax, ({ json }: PageRow) => JSON.parse(json) as Page<Product>);
  const productPages = asOneEach(async (input) => {
    const page = await listProducts(db, JSON.parse(input) as ProductListInput);
    return pagesKnown.answerOf(input, { json: JSON.stringify(page) });
  });
  const balances = byKey((ids) => readBalances(db, ids), (_userId, balance) => balance);
  const popular = asOne(() => readPopularProducts(db));
  const campaigns = asOne(() => listCampaigns(db));
  const audit = asOne(() => runAudit(databaseUrl));
  return {
    session: (token) => sessions.submit(token),
    lastSession: sessionsKnown.last,
    forgetSession: sessionsKnown.forget,
    product: (productId) => products.submit(productId),
    productPage: (input) => productPages(JSON.stringify(input)),
    balance: (userId) => balances.submit(userId),
    popularProducts: () => popular.submit(undefined),
    campaigns: () => campaigns.submit(undefined),
    audit: () => audit.submit(undefined),
  };
};

/** A page of products, as it is compared with the last one. */
interface PageRow {
  readonly json: string;
}

/** Products whose last answer is kept, for as long as it is right: 2 kB each. */
const productsKnownMax = 5_000;
/** Pages of products, the few that everybody looks at: of a hundred with the longest texts, 6 MB each by reckoning. */
const pagesKnownMax = 10;
/** Shoppers who are recognized: 250 bytes each. */
const sessionsKnownMax = 30_000;

/** One query for all the keys that wait. */
const byKey = <Row, Answer>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
  answerOf: (key: string, row: Row) => Answer,
) =>
  createBatcher<string, Answer | undefined>({
    lanes: 2,
    // Two that share the callers would be two queries for what one can do; one that hangs delays few. A batch
    // of a hundred takes 5 ms of a slow machine.
    besideAfterMs: 25,
    sizeMax: 500,
    waitingMax,
    run: async (keys) => {
      const rows = await read(keys);
      return keys.map((key) => {
        const row = rows.get(key);
        return row === undefined ? undefined : answerOf(key, row);
      });
    },
  });

/** One query for all who wait for the same answer. */
const asOne = <Value>(read: () => Promise<Value>) =>
  createBatcher<undefined, Value>({
    lanes: 1,
    sizeMax: waitingMax,
    waitingMax,
    run: async (callers) => {
      const value = await read();
      return callers.map(() => value);
    },
  });

/** One query for all who wait for the answer to the same question; none waits for another question. */
const asOneEach = <Value>(read: (question: string) => Promise<Value>) => {
  const asked = new Map<string, Batcher<undefined, Value>>();
  return (question: string): Promise<Value> => {
    const known = asked.get(question);
    if (known) return known.submit(undefined);
    const batcher = asOne(() => read(question));
    const answer = batcher.submit(undefined);
    asked.set(question, batcher);
    void batcher.drained().then(() => asked.delete(question));
    return answer;
  };
};
