import { expect, test } from "vitest";
import { campaignCreateInputSchema, claimInputSchema } from "./schema.ts";

const campaign = {
  name: "Opening day",
  discount: { type: "FIXED", amount: 1_000 },
  totalQuantity: 100,
  issueStartsAt: "2026-11-22T00:00:00+09:00",
  issueEndsAt: "2026-11-23T00:00:00+09:00",
  validFrom: "2026-11-22T00:00:00Z",
  validUntil: "2026-12-22T00:00:00Z",
};
const accepts = (over: object) =>
  campaignCreateInputSchema.safeParse({ ...campaign, ...over }).success;

test("a campaign's periods come in with any offset and are UTC from then on", () => {
  expect(campaignCreateInputSchema.parse(campaign)).toEqual({
    ...campaign,
    issueStartsAt: "2026-11-21T15:00:00.000Z",
    issueEndsAt: "2026-11-22T15:00:00.000Z",
    validFrom: "2026-11-22T00:00:00.000Z",
    validUntil: "2026-12-22T00:00:00.000Z",
  });
});

test("a period ends after it starts, also when their offsets differ", () => {
  const issueStartsAt = "2026-11-22T09:00:00+09:00";
  expect(accepts({ issueStartsAt, issueEndsAt: "2026-11-22T00:00:00.001Z" })).toBe(true);
  expect(accepts({ issueStartsAt, issueEndsAt: "2026-11-22T00:00:00Z" })).toBe(false);
  expect(accepts({ validFrom: "2026-12-22T00:00:00Z" })).toBe(false);
});

test("what is wrong with a period is told at its end", () => {
  const backwards = {
    ...campaign,
    issueEndsAt: campaign.issueStartsAt,
    validUntil: campaign.validFrom,
  };
  const parsed = campaignCreateInputSchema.safeParse(backwards);
  expect(parsed.error?.issues.map(({ path }) => path)).toEqual([["issueEndsAt"], ["validUntil"]]);
});

test.each([1, 10_000_000])("a campaign may have %d coupons", (totalQuantity) => {
  expect(accepts({ totalQuantity })).toBe(true);
});

test.each([0, -1, 10_000_001, 1.5, Number.NaN, "100", null])(
  "a campaign cannot have %j coupons",
  (totalQuantity) => {
    expect(accepts({ totalQuantity })).toBe(false);
  },
);

test.each(["", "   ", "\t\n", "a\u0000b", "\ud800", "x".repeat(201), null])(
  "%j is no name of a campaign",
  (name) => {
    expect(accepts({ name })).toBe(false);
  },
);

test("what a campaign has given out cannot be sent along", () => {
  expect(accepts({ issuedQuantity: 0 })).toBe(false);
});

test("a claim names a campaign and a key, and nothing else", () => {
  const claim = { couponId: "opening", idempotencyKey: "click-0001" };
  expect(claimInputSchema.parse(claim)).toEqual(claim);
  expect(claimInputSchema.safeParse({ ...claim, userId: "bob" }).success).toBe(false);
  expect(claimInputSchema.safeParse({ couponId: "opening" }).success).toBe(false);
});
