import type { CampaignRow } from "@stampede/core/decision";
import type { Discount } from "@stampede/core/coupon/discount";
import { getTableColumns } from "drizzle-orm";
import { couponCampaigns } from "../schema/coupons.ts";

/** The columns of a campaign that `toCampaignRow` reads. */
export const campaignColumns = getTableColumns(couponCampaigns);

type Stored = typeof couponCampaigns.$inferSelect;

/** A campaign as stored, in the form the rules read. */
export const toCampaignRow = (stored: Stored): CampaignRow => ({
  couponId: stored.couponId,
  name: stored.name,
  discount: toDiscount(stored),
  totalQuantity: stored.totalQuantity,
  issuedQuantity: stored.issuedQuantity,
  issueStartsAt: stored.issueStartsAt,
  issueEndsAt: stored.issueEndsAt,
  validFrom: stored.validFrom,
  validUntil: stored.validUntil,
});

type StoredDiscount = Pick<Stored, "discountType" | "discountAmount" | "discountPercent">;

/** The discount as the rules know it; the table's constraint holds the fields of each type. */
export const toDiscount = (stored: StoredDiscount): Discount =>
  stored.discountType === "FIXED"
    ? { type: "FIXED", amount: stored.discountAmount! }
    : { type: "PERCENT", percent: stored.discountPercent!, maxAmount: stored.discountAmount };

/** The columns a discount is stored in. */
export const fromDiscount = (discount: Discount): StoredDiscount =>
  discount.type === "FIXED"
    ? { discountType: "FIXED", discountAmount: discount.amount, discountPercent: null }
    : {
        discountType: "PERCENT",
        discountAmount: discount.maxAmount,
        discountPercent: discount.percent,
      };
