import { expect, test } from "vitest";
import { holdingKey } from "../decision.ts";
import {
  aCampaign,
  aCoupon,
  aShop,
  justAfterNoon,
  justBeforeNoon,
  noon,
  tomorrow,
  yesterday,
  type Shop,
} from "../testing/shop.ts";
import { claimCoupon, decideClaim } from "./claim.ts";

const claim = (shop: Shop, couponId = "opening") =>
  decideClaim(shop, { actorId: "ada", operationId: "coupon-9", at: noon, input: { couponId } });

const reason = (decided: ReturnType<typeof claim>) =>
  decided.ok ? "issued" : decided.error.reason;

test("a claim issues the next coupon of its campaign (C1, C2)", () => {
  const campaign = aCampaign({ issuedQuantity: 8 });
  expect(claim(aShop({ campaigns: [campaign] }))).toEqual({
    ok: true,
    value: {
      writes: {
        campaigns: [{ ...campaign, issuedQuantity: 9 }],
        newCoupons: [
          {
            issuedCouponId: "coupon-9",
            couponId: "opening",
            userId: "ada",
            sequence: 9,
            issuedAt: noon,
            orderId: null,
          },
        ],
      },
      reply: {
        issuedCouponId: "coupon-9",
        couponId: "opening",
        name: "Opening day",
        discount: { type: "FIXED", amount: 1_000 },
        sequence: 9,
        validFrom: yesterday,
        validUntil: tomorrow,
        status: "ISSUED",
        issuedAt: noon,
      },
    },
  });
});

test("the first coupon is number 1 and the last one is the total", () => {
  const first = aShop({ campaigns: [aCampaign({ issuedQuantity: 0, totalQuantity: 100 })] });
  const last = aShop({ campaigns: [aCampaign({ issuedQuantity: 99, totalQuantity: 100 })] });
  expect(claim(first)).toMatchObject({ value: { reply: { sequence: 1 } } });
  expect(claim(last)).toMatchObject({ value: { reply: { sequence: 100 } } });
});

test("after the last one it is sold out", () => {
  const shop = aShop({ campaigns: [aCampaign({ issuedQuantity: 100, totalQuantity: 100 })] });
  expect(claim(shop)).toEqual({ ok: false, error: { reason: "COUPON_SOLD_OUT" } });
});

test("a campaign of one has one", () => {
  const campaign = aCampaign({ totalQuantity: 1 });
  expect(reason(claim(aShop({ campaigns: [campaign] })))).toBe("issued");
  expect(reason(claim(aShop({ campaigns: [{ ...campaign, issuedQuantity: 1 }] })))).toBe(
    "COUPON_SOLD_OUT",
  );
});

test("an unknown campaign is told as such", () => {
  expect(claim(aShop(), "unknown")).toEqual({ ok: false, error: { reason: "COUPON_NOT_FOUND" } });
});

test("who holds one gets no second, used up or not", () => {
  for (const orderId of [null, "order-0"])
    expect(claim(aShop({ coupons: [aCoupon({ orderId })] }))).toEqual({
      ok: false,
      error: { reason: "COUPON_ALREADY_ISSUED" },
    });
});

test("what somebody else holds, and what is held of another campaign, does not count", () => {
  const coupons = [aCoupon({ userId: "bob" }), aCoupon({ couponId: "closing" })];
  expect(reason(claim(aShop({ coupons })))).toBe("issued");
});

test.each([
  ["just before its issue period", justAfterNoon, tomorrow, "COUPON_NOT_OPEN"],
  ["in its first millisecond", noon, tomorrow, "issued"],
  ["in its last millisecond", yesterday, justAfterNoon, "issued"],
  ["when it ends", yesterday, noon, "COUPON_NOT_OPEN"],
  ["after its end", yesterday, justBeforeNoon, "COUPON_NOT_OPEN"],
])("a campaign %s", (_when, issueStartsAt, issueEndsAt, outcome) => {
  const shop = aShop({ campaigns: [aCampaign({ issueStartsAt, issueEndsAt })] });
  expect(reason(claim(shop))).toBe(outcome);
});

test("what is wrong is told in the contract's order", () => {
  // Everything is wrong; then one thing after the other is put right.
  const over = aCampaign({ issueEndsAt: noon, totalQuantity: 1, issuedQuantity: 1 });
  const shop = aShop({ campaigns: [], coupons: [aCoupon()] });
  expect(reason(claim(shop))).toBe("COUPON_NOT_FOUND");
  shop.campaigns.set("opening", over);
  expect(reason(claim(shop))).toBe("COUPON_ALREADY_ISSUED");
  shop.holdings.delete(holdingKey("opening", "ada"));
  expect(reason(claim(shop))).toBe("COUPON_NOT_OPEN");
  shop.campaigns.set("opening", { ...over, issueEndsAt: tomorrow });
  expect(reason(claim(shop))).toBe("COUPON_SOLD_OUT");
  shop.campaigns.set("opening", { ...over, issueEndsAt: tomorrow, totalQuantity: 2 });
  expect(reason(claim(shop))).toBe("issued");
});

test("a coupon that is claimed after its period of use is issued as expired", () => {
  const shop = aShop({ campaigns: [aCampaign({ validUntil: noon })] });
  expect(claim(shop)).toMatchObject({ value: { reply: { status: "EXPIRED" } } });
});

test("a claim touches its campaign and asks what its sender holds of it", () => {
  expect(claimCoupon.name).toBe("coupon.claim");
  expect(claimCoupon.touches("ada", { couponId: "opening" })).toEqual({
    campaigns: ["opening"],
    holdings: [{ couponId: "opening", userId: "ada" }],
  });
});
