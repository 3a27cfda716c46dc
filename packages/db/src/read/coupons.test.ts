import type { IssuedCoupon } from "@stampede/core/coupon/schema";
import { v7 as newId } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addCampaign,
  addProduct,
  addUser,
  charge,
  claim,
  openTestShop,
  order,
  run,
  type TestShop,
} from "../testing/shop.ts";
import { readClaimStates } from "./claims.ts";
import { listCampaigns, listIssuedCoupons } from "./coupons.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const shift = (couponId: string, starts: string, ends: string) => shop.sql`
  update coupon_campaigns set issue_starts_at = now() + ${starts}::interval,
    issue_ends_at = now() + ${ends}::interval where coupon_id = ${couponId}`;

test("open and coming campaigns are listed, the next to end first, and no ended ones", async () => {
  await using own = await openTestShop();
  const add = async (name: string, starts: string, ends: string) => {
    const couponId = await addCampaign(own, { name });
    await own.sql`
      update coupon_campaigns set issue_starts_at = now() + ${starts}::interval,
        issue_ends_at = now() + ${ends}::interval where coupon_id = ${couponId}`;
    return couponId;
  };
  expect(await listCampaigns(own.db)).toEqual([]);
  await add("coming", "1 day", "3 days");
  const open = await add("open", "-1 day", "2 days");
  await add("ended", "-2 days", "-1 second");
  await add("ends now", "-2 days", "0");
  await add("last day", "-2 days", "1 hour");
  await own.sql`update coupon_campaigns set issued_quantity = 100 where name = 'last day'`;
  await own.sql`update coupon_campaigns set issued_quantity = 1 where name = 'open'`;

  const listed = await listCampaigns(own.db);
  expect(listed.map(({ name, remainingQuantity }) => [name, remainingQuantity])).toEqual([
    ["last day", 0],
    ["open", 99],
    ["coming", 100],
  ]);
  expect(listed[1]).toEqual({
    couponId: open,
    name: "open",
    discount: { type: "FIXED", amount: 500 },
    totalQuantity: 100,
    remainingQuantity: 99,
    issueStartsAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string,
    issueEndsAt: expect.stringMatching(/Z$/) as string,
    validFrom: expect.stringMatching(/Z$/) as string,
    validUntil: expect.stringMatching(/Z$/) as string,
  });
});

test("a campaign's discount comes out as it went in, of either type", async () => {
  const percent = await addCampaign(shop, { name: "percent" });
  const capped = await addCampaign(shop, { name: "capped" });
  await shop.sql`
    update coupon_campaigns set discount_type = 'PERCENT', discount_percent = 15,
      discount_amount = case when coupon_id = ${capped} then 3000 end
    where coupon_id in (${percent}, ${capped})`;
  const listed = await listCampaigns(shop.db);
  const discountOf = (id: string) => listed.find(({ couponId }) => couponId === id)!.discount;
  expect(discountOf(percent)).toEqual({ type: "PERCENT", percent: 15, maxAmount: null });
  expect(discountOf(capped)).toEqual({ type: "PERCENT", percent: 15, maxAmount: 3_000 });
});

test("an issued coupon has its campaign's terms and its own number", async () => {
  const userId = await addUser(shop);
  const couponId = await addCampaign(shop, { name: "Terms", amount: 700 });
  const issuedCouponId = await run(shop, claim(userId, couponId));
  const { items, nextCursor } = await listIssuedCoupons(shop.db, userId, { limit: 20 });
  expect(nextCursor).toBeNull();
  expect(items).toMatchObject([
    {
      issuedCouponId,
      couponId,
      name: "Terms",
      discount: { type: "FIXED", amount: 700 },
      sequence: 1,
      status: "ISSUED",
    },
  ]);
  expect(Object.keys(items[0]!).sort()).toEqual(
    [
      "issuedCouponId",
      "couponId",
      "name",
      "discount",
      "sequence",
      "validFrom",
      "validUntil",
      "status",
      "issuedAt",
    ].sort(),
  );
});

test("the status of a coupon: issued, used for good, or expired", async () => {
  const userId = await addUser(shop);
  const productId = await addProduct(shop);
  const campaigns = [await addCampaign(shop), await addCampaign(shop), await addCampaign(shop)];
  const [good, spent, old] = await Promise.all(
    campaigns.map((campaign) => run(shop, claim(userId, campaign))),
  );
  await run(shop, charge(userId, 10_000));
  const items = [{ productId, quantity: 1 }];
  await run(shop, order(userId, items, { issuedCouponId: spent! }));
  const statuses = async () => {
    const page = await listIssuedCoupons(shop.db, userId, { limit: 20 });
    return Object.fromEntries(page.items.map((row) => [row.issuedCouponId, row.status]));
  };
  expect(await statuses()).toEqual({ [good!]: "ISSUED", [spent!]: "USED", [old!]: "ISSUED" });
  await shop.sql`
    update coupon_campaigns set valid_until = now()
    where coupon_id in ${shop.sql(campaigns.slice(1))}`;
  expect(await statuses()).toEqual({ [good!]: "ISSUED", [spent!]: "USED", [old!]: "EXPIRED" });
});

test("pages of coupons of one moment have none twice, none missing, nobody else's", async () => {
  const userId = await addUser(shop);
  const other = await addUser(shop);
  const ids: string[] = [];
  for (let made = 0; made < 7; made++) {
    const campaign = await addCampaign(shop);
    ids.push(await run(shop, claim(userId, campaign)));
    await run(shop, claim(other, campaign));
  }
  await shop.sql`update issued_coupons set issued_at = '2026-11-22T12:00:00.5Z'`;
  for (const limit of [1, 3, 6, 7, 8]) {
    const seen: IssuedCoupon[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listIssuedCoupons(shop.db, userId, { limit, ...(cursor && { cursor }) });
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ issuedCouponId }) => issuedCouponId)).toEqual([...ids].sort().reverse());
  }
});

test("the state of each claim is its key, whether its sender holds one and is signed in, as asked", async () => {
  const [holder, stranger] = [await addUser(shop), await addUser(shop)];
  const [campaign, other] = [await addCampaign(shop), await addCampaign(shop)];
  const issuedCouponId = await run(shop, claim(holder, campaign));
  const charged = await run(shop, charge(holder, 1_000));
  await shop.sql`
    insert into sessions (id, user_id, token, expires_at) values
      (${newId()}, ${holder}, 'holder', now() + interval '1 day'), (${newId()}, ${holder}, 'over', now()),
      (${newId()}, ${stranger}, 'stranger', now() + interval '1 day')`;
  const statesOn = (couponId: string, asked: readonly (readonly [sessionToken: string, key: string])[]) =>
    readClaimStates(shop.db, couponId, {
      sessionTokens: asked.map(([sessionToken]) => sessionToken),
      keys: asked.map(([, key]) => key),
    });
  const toldOn = async (couponId: string, ...asked: Parameters<typeof statesOn>[1]) =>
    (await statesOn(couponId, asked)).map(({ bound, holds, hasEnded }) => [bound?.operationId, holds, hasEnded]);
  const unheardOf = [undefined, false, false];
  const ended = [undefined, false, true];
  expect(
    await toldOn(
      campaign,
      ["stranger", issuedCouponId],
      ["holder", issuedCouponId],
      ["holder", "another-key"],
      ["holder", charged],
      ["over", issuedCouponId],
      ["ended", issuedCouponId],
    ),
  ).toEqual([unheardOf, [issuedCouponId, true, false], [undefined, true, false], [undefined, true, false], ended, ended]);
  expect(await toldOn(other, ["holder", "another-key"], ["holder", issuedCouponId])).toEqual([
    unheardOf,
    [issuedCouponId, false, false],
  ]);
  const [state] = await statesOn(campaign, [["holder", issuedCouponId]]);
  expect(JSON.parse(state!.bound!.reply)).toMatchObject({ issuedCouponId, sequence: 1 });
  expect(state!.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(await statesOn(campaign, [])).toEqual([]);
});

test("a campaign that starts later is listed with the moments it was given", async () => {
  const couponId = await addCampaign(shop, { couponId: newId(), name: "later" });
  await shift(couponId, "10 days", "20 days");
  const [moments] = await shop.sql<{ starts: Date; ends: Date }[]>`
    select issue_starts_at as starts, issue_ends_at as ends from coupon_campaigns
    where coupon_id = ${couponId}`;
  const listed = await listCampaigns(shop.db);
  expect(listed.find((campaign) => campaign.couponId === couponId)).toMatchObject({
    issueStartsAt: moments!.starts.toISOString(),
    issueEndsAt: moments!.ends.toISOString(),
  });
});
