import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockRows } from "../lock.ts";
import { listCampaigns } from "../read/coupons.ts";
import { openTestShop, type TestShop } from "../testing/shop.ts";
import { createCampaign } from "./campaigns.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const terms = {
  name: "Opening day",
  totalQuantity: 100,
  issueStartsAt: "2026-11-22T00:00:00.001Z",
  issueEndsAt: "9999-12-31T23:59:59.999Z",
  validFrom: "0001-01-01T00:00:00.000Z",
  validUntil: "2999-11-23T00:00:00.000Z",
};

test.each([
  { type: "FIXED", amount: 1_000_000_000 } as const,
  { type: "PERCENT", percent: 100, maxAmount: null } as const,
  { type: "PERCENT", percent: 1, maxAmount: 1 } as const,
])("a campaign of %j opens with its terms as they were given", async (discount) => {
  const couponId = newId();
  const input = { ...terms, discount };
  const expected = { couponId, ...input, remainingQuantity: 100 };
  const created = await shop.transactions.run((tx) => createCampaign(tx, couponId, input));
  expect(created).toEqual(expected);
  const listed = await listCampaigns(shop.db);
  expect(listed.find((campaign) => campaign.couponId === couponId)).toEqual(expected);

  const rows = await shop.transactions.run((tx) => lockRows(tx, { campaigns: [couponId] }));
  expect(rows.campaigns.get(couponId)).toEqual({ couponId, ...input, issuedQuantity: 0 });
});
