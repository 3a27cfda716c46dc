import { claimCoupon } from "@stampede/core/coupon/claim";
import { placeOrder } from "@stampede/core/order/place";
import { toInstant } from "@stampede/core/time";
import { chargeWallet } from "@stampede/core/wallet/charge";
import { withAdvisoryLock } from "@stampede/db/advisory-lock";
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
 * holds from the first minute. Does nothing where the demo's admin exists already.
 */
export const seedDemoShop = (databaseUrl: string, services: Services, auth: Auth): Promise<void> =>
  withAdvisoryLock(databaseUrl, seedLock, async () => {
    if (await isSeeded(services)) return;
    const productIds = await createProducts(services);
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
    await createDemoUsers(services, auth);
  });

const isSeeded = async ({ plain }: Services): Promise<boolean> => {
  const found = await plain.db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, demoAdminEmail));
  return found.length > 0;
};

const createProducts = async ({ transactions }: Services): Promise<string[]> => {
  const ids: string[] = [];
  for (const { slug: _, ...product } of demoProducts) {
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
  const create = (campaign: Parameters<typeof createCampaign>[2]) =>
    transactions.run((tx) => createCampaign(tx, newId(), campaign));

  await create({
    name: "첫 만남 5,000원 / Welcome, 5,000 KRW off",
    discount: { type: "FIXED", amount: 5_000 },
    totalQuantity: 10_000,
    issueStartsAt: at(-day),
    issueEndsAt: at(30 * day),
    validFrom: at(-day),
    validUntil: at(60 * day),
  });
  await create({
    name: "주말 반짝 30% / Weekend rush, 30% off",
    discount: { type: "PERCENT", percent: 30, maxAmount: 30_000 },
    totalQuantity: 500,
    issueStartsAt: at(2 * day),
    issueEndsAt: at(9 * day),
    validFrom: at(2 * day),
    validUntil: at(30 * day),
  });
  const { couponId } = await create({
    name: "선착순 100명 반값 / First hundred, half price",
    discount: { type: "PERCENT", percent: 50, maxAmount: 20_000 },
    totalQuantity: nearlyGone.total,
    issueStartsAt: at(-day),
    issueEndsAt: at(14 * day),
    validFrom: at(-day),
    validUntil: at(30 * day),
  });
  return { nearlyGoneId: couponId };
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

const createDemoUsers = async ({ plain, shell }: Services, auth: Auth): Promise<void> => {
  const signUp = (name: string, email: string) =>
    auth.api.signUpEmail({ body: { name, email, password: demoPassword } });
  const shopper = await signUp("김스탬 Shopper", demoShopperEmail);
  await shell.execute(chargeWallet, shopper.user.id, {
    amount: demoBalance,
    idempotencyKey: "demo-charge",
  });
  const admin = await signUp("박관리 Admin", demoAdminEmail);
  await plain.db.update(users).set({ role: "admin" }).where(eq(users.id, admin.user.id));
};
