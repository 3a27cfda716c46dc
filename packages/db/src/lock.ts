import { isId } from "@stampede/core/ids";
import { eq, sql } from "drizzle-orm";
import {
  holdingKey,
  type CampaignRow,
  type CouponTerms,
  type IssuedCouponRow,
  type ProductRow,
  type RowKeys,
  type WalletRow,
} from "@stampede/core/decision";
import { campaignColumns, toCampaignRow, toDiscount } from "./read/campaign-row.ts";
import { productColumns } from "./read/products.ts";
import { couponCampaigns, issuedCoupons } from "./schema/coupons.ts";
import { products } from "./schema/products.ts";
import { wallets } from "./schema/wallets.ts";
import { sentTogether } from "./sent-together.ts";
import { isAnyOf, recordset } from "./sql.ts";
import type { Transaction } from "./transactions.ts";

/** The rows of a group, by id, in the state the group's transaction has locked them in. */
export interface LockedRows {
  readonly wallets: Map<string, WalletRow>;
  readonly issuedCoupons: Map<string, IssuedCouponRow & { readonly terms: CouponTerms }>;
  readonly products: Map<string, ProductRow>;
  readonly campaigns: Map<string, CampaignRow>;
  readonly holdings: Set<string>;
}

/**
 * Locks every row the keys name, each table once, and reads it under its lock.
 *
 * The one global lock order: wallets, issued coupons, products, campaigns; in each table by
 * ascending id. Two carts in opposite order would deadlock: 2 transactions/s against 1,150 in order
 * (32 clients, 10 rows). The statements are sent together and run one after the other on the
 * connection, in the order they stand here: one round trip for all.
 */
export const lockRows = async (tx: Transaction, keys: RowKeys): Promise<LockedRows> => {
  const [walletRows, issuedRows, productRows, campaignRows, holdingRows] = await sentTogether([
    keys.wallets?.length ? lockWallets(tx, keys.wallets) : [],
    keys.issuedCoupons?.length ? lockIssuedCoupons(tx, keys.issuedCoupons) : [],
    keys.products?.length ? lockProducts(tx, keys.products) : [],
    keys.campaigns?.length ? lockCampaigns(tx, keys.campaigns) : [],
    keys.holdings?.length ? readHoldings(tx, keys.holdings) : [],
  ]);
  return {
    wallets: new Map(walletRows.map((row) => [row.userId, row])),
    issuedCoupons: new Map(
      issuedRows.map(({ coupon, terms }) => [
        coupon.issuedCouponId,
        { terms: { discount: toDiscount(terms), ...terms }, ...coupon },
      ]),
    ),
    products: new Map(productRows.map((row) => [row.productId, row])),
    campaigns: new Map(campaignRows.map((row) => [row.couponId, toCampaignRow(row)])),
    holdings: new Set(holdingRows.map((row) => holdingKey(row.couponId, row.userId))),
  };
};

const lockWallets = (tx: Transaction, ids: readonly string[]) =>
  tx
    .select()
    .from(wallets)
    .where(isAnyOf(wallets.userId, ids))
    .orderBy(wallets.userId)
    .for("update");

const lockIssuedCoupons = (tx: Transaction, ids: readonly string[]) =>
  tx
    .select({
      coupon: issuedCoupons,
      terms: {
        name: couponCampaigns.name,
        discountType: couponCampaigns.discountType,
        discountAmount: couponCampaigns.discountAmount,
        discountPercent: couponCampaigns.discountPercent,
        validFrom: couponCampaigns.validFrom,
        validUntil: couponCampaigns.validUntil,
      },
    })
    .from(issuedCoupons)
    .innerJoin(couponCampaigns, eq(couponCampaigns.couponId, issuedCoupons.couponId))
    .where(isAnyOf(issuedCoupons.issuedCouponId, ids))
    .orderBy(issuedCoupons.issuedCouponId)
    // Only the coupon: its campaign's terms never change, and the row is hot.
    .for("update", { of: issuedCoupons });

const lockProducts = (tx: Transaction, ids: readonly string[]) =>
  tx
    .select(productColumns)
    .from(products)
    .where(isAnyOf(products.productId, ids))
    .orderBy(products.productId)
    .for("update");

const lockCampaigns = (tx: Transaction, ids: readonly string[]) =>
  tx
    .select(campaignColumns)
    .from(couponCampaigns)
    .where(isAnyOf(couponCampaigns.couponId, ids))
    .orderBy(couponCampaigns.couponId)
    .for("update");

/** Who holds what. Needs no lock of its own: coupons are only issued under their campaign's. */
const readHoldings = (tx: Transaction, pairs: NonNullable<RowKeys["holdings"]>) =>
  tx
    .select({ couponId: issuedCoupons.couponId, userId: issuedCoupons.userId })
    .from(recordset(issuedCoupons, ["couponId", "userId"], pairs.filter((pair) => isId(pair.couponId))))
    .innerJoin(
      issuedCoupons,
      sql`${issuedCoupons.couponId} = r."couponId" and ${issuedCoupons.userId} = r."userId"`,
    );
