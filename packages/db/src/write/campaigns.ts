import type { Campaign, CampaignCreateInput } from "@stampede/core/coupon/schema";
import { campaignColumns, fromDiscount, toCampaignRow } from "../read/campaign-row.ts";
import { toCampaign } from "../read/coupons.ts";
import { couponCampaigns } from "../schema/coupons.ts";
import type { Transaction } from "../transactions.ts";

/** Opens a campaign of limited coupons. */
export const createCampaign = async (
  tx: Transaction,
  couponId: string,
  { discount, ...terms }: CampaignCreateInput,
): Promise<Campaign> => {
  const [row] = await tx
    .insert(couponCampaigns)
    .values({ couponId, ...terms, ...fromDiscount(discount) })
    .returning(campaignColumns);
  return toCampaign(toCampaignRow(row!));
};
