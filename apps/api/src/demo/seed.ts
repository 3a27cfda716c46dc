import { claimCoupon } from "@stampede/core/coupon/claim";
import { placeOrder } from "@stampede/core/order/place";
import { toInstant } from "@stampede/core/time";
import { chargeWallet } from "@stampede/core/wallet/charge";
import { withAdvisoryLock } from "@stampede/db/advisory-lock";
import { couponCampaigns } from "@stampede/db/schema/coupons";
import { products } from "@stampede/db/schema/products";
import { users } from "@stampede/db/schema/users";
import { demoProducts } from "@stampede/db/seed/demo-products";
import { createShoppers } from "@stampede/db/seed/shoppers";
import { createCampaign } from "@stampede/db/write/campaigns";
import { createProduct } from "@stampede/db/write/products";
import { eq, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import type { Auth } from "../auth/auth.ts";
import type { Services } from "../services.ts";

/** The sign-ins of the contract. */
export const demoPassword = "stampede-demo";
export const demoShopperEmail = "shopper@stampede.test";
export const demoAdminEmail = "admin@stampede.test";

/** What the demo shopper finds in the wallet. */
const demoBalance = 150_000;
const customerCount = 120;
/** Enough that the ranking is not empty, little enough that a few real orders lead it. */
const orderCount = 36;
/** About how many orders the most loved product gets. */
const mostLoved = 15;

// Any number that nobody else uses for an advisory lock in the shop's database.
const seedLock = 7_823_003;

/**
 * Fills the shop with the demo: products, campaigns, customers who have bought and claimed, and the
 * two sign-ins. All money and stock moves through the shell, like every shopper's, so the audit
 * holds from the first minute. Does nothing where the demo's admin is one already; a seeding that was
 * cut short goes on with what is missing.
 */
export const seedDemoShop = (databaseUrl: string, services: Services, auth: Auth): Promise<void> =>
  withAdvisoryLock(databaseUrl, seedLock, async () => {
    if ((await findUser(services, demoAdminEmail))?.role === "admin") return;
    const productIds = await createProducts(services);
    const started = await services.plain.db.select().from(couponCampaigns).limit(1);
    if (started.length === 0) await createHistory(services, productIds);
    await createDemoUsers(services, auth);
  });

/** Campaigns, and customers who have bought and claimed. */
const createHistory = async (services: Services, productIds: readonly string[]): Promise<void> => {
  const { nearlyGoneId } = await createCampaigns(services);
  const customers = await createCustomers(services);
  await letThemBuy(services, customers, productIds);
  await Promise.all(
    customers.slice(0, nearlyGone.claimed).map((actorId) =>
      services.shell.execute(claimCoupon, actorId, {
        couponId: nearlyGoneId,
        idempotencyKey: "demo-claim",
      }),
    ),
  );
};

const findUser = async ({ plain }: Services, email: string) => {
  const [user] = await plain.db
    .select({ id: users.id, role: users.role })
    .from(users)
    .where(eq(users.email, email));
  return user;
};

const createProducts = async ({ plain, transactions }: Services): Promise<string[]> => {
  const known = await plain.db.select({ id: products.productId, name: products.name }).from(products);
  const idByName = new Map(known.map(({ id, name }) => [name, id]));
  const ids: string[] = [];
  for (const { slug: _, ...product } of demoProducts) {
    const id = idByName.get(product.name);
    if (id !== undefined) {
      ids.push(id);
      continue;
    }
    const created = await transactions.run((tx) => createProduct(tx, newId(), product));
    ids.push(created.productId);
  }
  return ids;
};

const nearlyGone = { total: 100, claimed: 93 };
const day = 24 * 60 * 60 * 1_000;

/** One open, one coming, one nearly gone. */
const createCampaigns = async ({ plain, transactions }: Services) => {
  const [clock] = await plain.db.execute<{ now: string }>(sql`select now()`);
  const at = (offsetMs: number) => toInstant(Date.parse(toInstant(clock!.now)) + offsetMs);
  type Terms = Parameters<typeof createCampaign>[2];
  const welcome: Terms = {
    name: "첫 만남 5,000원 / Welcome, 5,000 KRW off",
    discount: { type: "FIXED", amount: 5_000 },
    totalQuantity: 10_000,
    issueStartsAt: at(-day),
    issueEndsAt: at(30 * day),
    validFrom: at(-day),
    validUntil: at(60 * day),
  };
  const weekend: Terms = {
    name: "주말 반짝 30% / Weekend rush, 30% off",
    discount: { type: "PERCENT", percent: 30, maxAmount: 30_000 },
    totalQuantity: 500,
    issueStartsAt: at(2 * day),
    issueEndsAt: at(9 * day),
    validFrom: at(2 * day),
    validUntil: at(30 * day),
  };
  const firstHundred: Terms = {
    name: "선착순 100명 반값 / First hundred, half price",
    discount: { type: "PERCENT", percent: 50, maxAmount: 20_000 },
    totalQuantity: nearlyGone.total,
    issueStartsAt: at(-day),
    issueEndsAt: at(14 * day),
    validFrom: at(-day),
    validUntil: at(30 * day),
  };
  // All three or none: they are what a seeding that goes on looks for.
  return transactions.run(async (tx) => {
    await createCampaign(tx, newId(), welcome);
    await createCampaign(tx, newId(), weekend);
    const { couponId } = await createCampaign(tx, newId(), firstHundred);
    return { nearlyGoneId: couponId };
  });
};

const createCustomers = async ({ transactions }: Services): Promise<string[]> => {
  const ids: string[] = [];
  for await (const chunk of createShoppers(transactions, customerCount, 2_000_000))
    ids.push(...chunk.map(({ userId }) => userId));
  return ids;
};

/** Some things are loved more than others: the n-th product is bought about 1/n as often. */
const letThemBuy = (
  { shell }: Services,
  customers: readonly string[],
  productIds: readonly string[],
) => {
  // Only of what there is plenty, so that the demo leaves nothing sold out.
  const loved = productIds.filter((_id, index) => demoProducts[index]!.stock >= 2 * mostLoved);
  const orders = Array.from({ length: orderCount }, (_none, order) => {
    const spread = ((order * 7_919) % orderCount) / orderCount;
    return shell.execute(placeOrder, customers[order % customers.length]!, {
      items: [{ productId: loved[Math.floor(loved.length * spread ** 2)]!, quantity: 1 }],
      idempotencyKey: `demo-order-${order}`,
    });
  });
  return Promise.all(orders);
};

const createDemoUsers = async (services: Services, auth: Auth): Promise<void> => {
  const signUp = async (name: string, email: string) =>
    (await findUser(services, email))?.id ??
    (await auth.api.signUpEmail({ body: { name, email, password: demoPassword } })).user.id;
  const shopperId = await signUp("김스탬 Shopper", demoShopperEmail);
  await services.shell.execute(chargeWallet, shopperId, {
    amount: demoBalance,
    idempotencyKey: "demo-charge",
  });
  const adminId = await signUp("박관리 Admin", demoAdminEmail);
  // The last step of all: from now on the shop counts as seeded.
  await services.plain.db.update(users).set({ role: "admin" }).where(eq(users.id, adminId));
};
