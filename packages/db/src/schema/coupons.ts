import { sql } from "drizzle-orm";
import { check, index, integer, pgEnum, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant, integer64 } from "./columns.ts";
import { users } from "./users.ts";

export const discountType = pgEnum("discount_type", ["FIXED", "PERCENT"]);

/** A campaign of limited coupons. Its terms never change; only `issued_quantity` grows. */
export const couponCampaigns = pgTable(
  "coupon_campaigns",
  {
    couponId: uuid().primaryKey(),
    name: text().notNull(),
    discountType: discountType().notNull(),
    /** FIXED: the amount. PERCENT: the most it may take off, or null. */
    discountAmount: integer64(),
    discountPercent: integer(),
    totalQuantity: integer64().notNull(),
    issuedQuantity: integer64().notNull().default(0),
    issueStartsAt: instant().notNull(),
    issueEndsAt: instant().notNull(),
    validFrom: instant().notNull(),
    validUntil: instant().notNull(),
  },
  (table) => [
    check(
      "coupon_campaigns_issued_within_total",
      sql`${table.issuedQuantity} between 0 and ${table.totalQuantity}`,
    ),
    check(
      "coupon_campaigns_discount_complete",
      // Nothing may come out null here: what a check does not deny, it lets pass.
      sql`case ${table.discountType}
        when 'FIXED' then coalesce(${table.discountAmount}, 0) >= 1
          and ${table.discountPercent} is null
        else coalesce(${table.discountPercent}, 0) between 1 and 100
          and coalesce(${table.discountAmount}, 1) >= 1
      end`,
    ),
    check("coupon_campaigns_issue_period", sql`${table.issueStartsAt} < ${table.issueEndsAt}`),
    check("coupon_campaigns_valid_period", sql`${table.validFrom} < ${table.validUntil}`),
    // coupon.list: what is open or still to come.
    index("coupon_campaigns_by_end").on(table.issueEndsAt),
  ],
);

export const issuedCoupons = pgTable(
  "issued_coupons",
  {
    issuedCouponId: uuid().primaryKey(),
    couponId: uuid()
      .notNull()
      .references(() => couponCampaigns.couponId),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    sequence: integer64().notNull(),
    issuedAt: instant().notNull(),
    /** The order that used the coupon up; the order points back (`orders.issued_coupon_id`). */
    orderId: uuid(),
  },
  (table) => [
    // C2: one a user and campaign. Also answers "does this user hold one".
    unique("issued_coupons_one_per_user").on(table.couponId, table.userId),
    unique("issued_coupons_sequence_unique").on(table.couponId, table.sequence),
    check("issued_coupons_sequence_positive", sql`${table.sequence} >= 1`),
    // coupon.mine: one user's, newest first.
    index("issued_coupons_by_user").on(table.userId, table.issuedAt, table.issuedCouponId),
  ],
);
