import {
  holdingKey,
  type Command,
  type Decision,
  type IssuedCouponRow,
  type CommandRequest,
  type Rows,
} from "../decision.ts";
import type { RefusalOf } from "../refusals.ts";
import { err, ok, type Result } from "../result.ts";
import { isWithin } from "../time.ts";
import { issuedCouponStatus } from "./phase.ts";
import type { ClaimInput, IssuedCoupon } from "./schema.ts";

export type ClaimRefused = RefusalOf<
  "COUPON_NOT_FOUND" | "COUPON_ALREADY_ISSUED" | "COUPON_NOT_OPEN" | "COUPON_SOLD_OUT"
>;

/** Issues the next coupon of a campaign (C1, C2); its place in the line is the order of arrival. */
export const decideClaim = (
  rows: Pick<Rows, "campaigns" | "holdings">,
  { actorId, operationId, at, input: { couponId } }: CommandRequest<ClaimInput>,
): Result<Decision<IssuedCoupon>, ClaimRefused> => {
  const campaign = rows.campaigns.get(couponId);
  if (!campaign) return err({ reason: "COUPON_NOT_FOUND" });
  if (rows.holdings.has(holdingKey(couponId, actorId)))
    return err({ reason: "COUPON_ALREADY_ISSUED" });
  if (!isWithin(at, campaign.issueStartsAt, campaign.issueEndsAt))
    return err({ reason: "COUPON_NOT_OPEN" });
  if (campaign.issuedQuantity >= campaign.totalQuantity) return err({ reason: "COUPON_SOLD_OUT" });

  const sequence = campaign.issuedQuantity + 1;
  const issued: IssuedCouponRow = {
    issuedCouponId: operationId,
    couponId,
    userId: actorId,
    sequence,
    issuedAt: at,
    orderId: null,
  };
  return ok({
    writes: { campaigns: [{ ...campaign, issuedQuantity: sequence }], newCoupons: [issued] },
    reply: {
      issuedCouponId: operationId,
      couponId,
      name: campaign.name,
      discount: campaign.discount,
      sequence,
      validFrom: campaign.validFrom,
      validUntil: campaign.validUntil,
      status: issuedCouponStatus(issued, campaign, at),
      issuedAt: at,
    },
  });
};

export const claimCoupon: Command<ClaimInput, IssuedCoupon> = {
  name: "coupon.claim",
  touches: (actorId, { couponId }) => ({
    campaigns: [couponId],
    holdings: [{ couponId, userId: actorId }],
  }),
  decide: decideClaim,
};
