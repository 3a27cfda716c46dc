import type { IssuedCouponRow } from "../decision.ts";
import { isWithin, type Instant } from "../time.ts";
import type { Campaign, IssuedCouponStatus } from "./schema.ts";

/** What a shopper sees of a campaign. */
export type CampaignPhase = "before" | "open" | "soldOut" | "mine" | "ended";

/** The phase of a campaign at a moment of the server's clock; a holder always sees `mine`. */
export const campaignPhase = (
  campaign: Pick<Campaign, "issueStartsAt" | "issueEndsAt" | "remainingQuantity">,
  at: Instant,
  mine: boolean,
): CampaignPhase => {
  if (mine) return "mine";
  if (at < campaign.issueStartsAt) return "before";
  if (!isWithin(at, campaign.issueStartsAt, campaign.issueEndsAt)) return "ended";
  return campaign.remainingQuantity > 0 ? "open" : "soldOut";
};

/** The status of an issued coupon: used for good, else valid until its period ends. */
export const issuedCouponStatus = (
  { orderId }: Pick<IssuedCouponRow, "orderId">,
  { validUntil }: { readonly validUntil: Instant },
  at: Instant,
): IssuedCouponStatus => {
  if (orderId !== null) return "USED";
  return at < validUntil ? "ISSUED" : "EXPIRED";
};
