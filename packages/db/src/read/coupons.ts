import { issuedCouponStatus } from "@stampede/core/coupon/phase";
import type { Campaign, IssuedCoupon } from "@stampede/core/coupon/schema";
import type { CampaignRow } from "@stampede/core/decision";
import { decodeCursor } from "@stampede/core/ids";
import type { Page, PageInput } from "@stampede/core/page";
import { toInstant } from "@stampede/core/time";
import { and, asc, desc, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import { couponCampaigns, issuedCoupons } from "../schema/coupons.ts";
import { toPage } from "./page.ts";
import { campaignColumns, toCampaignRow } from "./campaign-row.ts";

/** A campaign as shoppers see it. */
export const toCampaign = ({ issuedQuantity, ...row }: CampaignRow): Campaign => ({
  ...row,
  remainingQuantity: row.totalQuantity - issuedQuantity,
});

/** The campaigns that are open or still to come, the next to end first. */
export const listCampaigns = async (db: Database): Promise<Campaign[]> => {
  const rows = await db
    .select(campaignColumns)
    .from(couponCampaigns)
    .where(gt(couponCampaigns.issueEndsAt, sql`now()`))
    .orderBy(asc(couponCampaigns.issueEndsAt), asc(couponCampaigns.couponId))
    // A shop runs a handful of campaigns; the limit keeps a slip of an admin from being everyone's.
    .limit(200);
  return rows.map((row) => toCampaign(toCampaignRow(row)));
};

/** One page of a user's coupons, newest first. */
export const listIssuedCoupons = async (
  db: Database,
  userId: string,
  { cursor, limit }: PageInput,
): Promise<Page<IssuedCoupon>> => {
  const rows = await db
    .select({ issued: issuedCoupons, campaign: campaignColumns, at: sql<string>`now()` })
    .from(issuedCoupons)
    .innerJoin(couponCampaigns, eq(couponCampaigns.couponId, issuedCoupons.couponId))
    .where(and(eq(issuedCoupons.userId, userId), cursor ? isBefore(cursor) : undefined))
    .orderBy(desc(issuedCoupons.issuedAt), desc(issuedCoupons.issuedCouponId))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    ({ issued, campaign, at }) => {
      const { name, discount, validFrom, validUntil } = toCampaignRow(campaign);
      const { issuedCouponId, couponId, sequence, issuedAt } = issued;
      const status = issuedCouponStatus(issued, { validUntil }, toInstant(at));
      return {
        issuedCouponId,
        couponId,
        name,
        discount,
        sequence,
        validFrom,
        validUntil,
        status,
        issuedAt,
      };
    },
    ({ issued }) => ({ position: Date.parse(issued.issuedAt), id: issued.issuedCouponId }),
  );
};

const isBefore = (cursor: string) => {
  const { position, id } = decodeCursor(cursor);
  return sql`(${issuedCoupons.issuedAt}, ${issuedCoupons.issuedCouponId}) < (${toInstant(position)}::timestamptz, ${id}::uuid)`;
};
