import type { Campaign } from "@stampede/core/coupon/schema";
import { expect, test } from "vitest";
import { shownCampaigns } from "./shown-campaigns.ts";

const noon = Date.parse("2026-12-06T12:00:00.000Z");
const hour = 3_600_000;
const at = (ms: number) => new Date(noon + ms).toISOString();

const campaign = (couponId: string, opensMs: number, closesMs: number, remainingQuantity = 5): Campaign => ({
  couponId,
  name: couponId,
  discount: { type: "FIXED", amount: 1_000 },
  totalQuantity: 10,
  remainingQuantity,
  issueStartsAt: at(opensMs),
  issueEndsAt: at(closesMs),
  validFrom: at(-hour),
  validUntil: at(24 * hour),
});

const faces = (shown: ReturnType<typeof shownCampaigns>) =>
  shown.map((each) => `${each.campaign.couponId} ${each.phase} ${each.sequence ?? "-"}`);

test("what can be done now comes first, what is over comes last, the earlier before the later", () => {
  const campaigns = [
    campaign("over", -2 * hour, -hour),
    campaign("gone", -hour, hour, 0),
    campaign("tomorrow", 24 * hour, 25 * hour),
    campaign("soon", hour, 2 * hour),
    campaign("held", -hour, hour),
    campaign("newer", -hour, hour),
    campaign("older", -2 * hour, hour),
  ];
  expect(faces(shownCampaigns(campaigns, [{ couponId: "held", sequence: 7 }], noon))).toEqual([
    "older open -",
    "newer open -",
    "held mine 7",
    "soon before -",
    "tomorrow before -",
    "gone soldOut -",
    "over ended -",
  ]);
});

test("it opens and ends on the very millisecond", () => {
  const one = [campaign("one", 0, hour)];
  expect(faces(shownCampaigns(one, [], noon - 1))).toEqual(["one before -"]);
  expect(faces(shownCampaigns(one, [], noon))).toEqual(["one open -"]);
  expect(faces(shownCampaigns(one, [], noon + hour - 1))).toEqual(["one open -"]);
  expect(faces(shownCampaigns(one, [], noon + hour))).toEqual(["one ended -"]);
});

test("what was handed in stays as it was", () => {
  const campaigns = [campaign("b", hour, 2 * hour), campaign("a", -hour, hour)];
  shownCampaigns(campaigns, [], noon);
  expect(campaigns.map(({ couponId }) => couponId)).toEqual(["b", "a"]);
});
