import { expect, test } from "vitest";
import { justAfterNoon, justBeforeNoon, noon, tomorrow, yesterday } from "../testing/shop.ts";
import { campaignPhase, issuedCouponStatus } from "./phase.ts";

const open = { issueStartsAt: yesterday, issueEndsAt: tomorrow, remainingQuantity: 1 };

test.each([
  ["before", { ...open, issueStartsAt: justAfterNoon }],
  ["open", { ...open, issueStartsAt: noon }],
  ["open", { ...open, issueEndsAt: justAfterNoon }],
  ["ended", { ...open, issueEndsAt: noon }],
  ["ended", { ...open, issueEndsAt: justBeforeNoon }],
  ["soldOut", { ...open, remainingQuantity: 0 }],
  ["ended", { ...open, issueEndsAt: noon, remainingQuantity: 0 }],
  ["before", { ...open, issueStartsAt: justAfterNoon, remainingQuantity: 0 }],
] as const)("%s: %j", (phase, campaign) => {
  expect(campaignPhase(campaign, noon, false)).toBe(phase);
});

test("who holds one sees it as theirs, in every phase", () => {
  const campaigns = [
    open,
    { ...open, remainingQuantity: 0 },
    { ...open, issueEndsAt: noon },
    { ...open, issueStartsAt: tomorrow },
  ];
  for (const campaign of campaigns) expect(campaignPhase(campaign, noon, true)).toBe("mine");
});

test("a coupon that was used is used for good", () => {
  expect(issuedCouponStatus({ orderId: "order-1" }, { validUntil: tomorrow }, noon)).toBe("USED");
  expect(issuedCouponStatus({ orderId: "order-1" }, { validUntil: yesterday }, noon)).toBe("USED");
});

test("a coupon that was not used expires when its period ends, to the millisecond", () => {
  const status = (validUntil: string) =>
    issuedCouponStatus({ orderId: null }, { validUntil }, noon);
  expect(status(justAfterNoon)).toBe("ISSUED");
  expect(status(noon)).toBe("EXPIRED");
  expect(status(yesterday)).toBe("EXPIRED");
});
