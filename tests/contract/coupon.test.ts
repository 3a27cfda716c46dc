import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { hoursFromNow, startShop, type Campaign, type Person, type Shop } from "../support/shop.ts";
import { anId, anInstant } from "../support/values.ts";
import { walkPages } from "../support/walk.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const claim = (person: Person, { couponId }: Pick<Campaign, "couponId">) =>
  person.api.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
const over = { issueStartsAt: hoursFromNow(-2), issueEndsAt: hoursFromNow(-1) };
const coming = { issueStartsAt: hoursFromNow(1), issueEndsAt: hoursFromNow(2) };

describe("coupon.list", () => {
  test("shows open and coming campaigns, those that are over not, with exact fields", async () => {
    const open = await shop.campaign({
      name: "열린 캠페인",
      discount: { type: "PERCENT", percent: 15, maxAmount: null },
      totalQuantity: 7,
    });
    const next = await shop.campaign({ ...coming, discount: { type: "FIXED", amount: 1 } });
    await shop.campaign(over);
    expect(open).toEqual({
      couponId: anId,
      name: "열린 캠페인",
      discount: { type: "PERCENT", percent: 15, maxAmount: null },
      totalQuantity: 7,
      remainingQuantity: 7,
      issueStartsAt: anInstant,
      issueEndsAt: anInstant,
      validFrom: anInstant,
      validUntil: anInstant,
    });
    const listed = await shop.visitor.coupon.list.query();
    expect(listed.length).toBe(2);
    expect(listed).toContainEqual(open);
    expect(listed).toContainEqual(next);
    expect(await (await shop.shopper()).api.coupon.list.query()).toEqual(listed);
  });

  test("counts down, and keeps a campaign that has nothing left", async () => {
    const campaign = await shop.campaign({ totalQuantity: 2 });
    const listed = async () =>
      (await shop.visitor.coupon.list.query()).find(
        ({ couponId }) => couponId === campaign.couponId,
      );
    for (const remainingQuantity of [1, 0]) {
      await claim(await shop.shopper(), campaign);
      expect(await listed()).toEqual({ ...campaign, remainingQuantity });
    }
  });
});

describe("coupon.claim", () => {
  test("answers the coupon, with its campaign's terms and its place in the line", async () => {
    const campaign = await shop.campaign({
      discount: { type: "PERCENT", percent: 20, maxAmount: 3_000 },
    });
    const { couponId, name, discount, validFrom, validUntil } = campaign;
    for (const sequence of [1, 2, 3]) {
      const shopper = await shop.shopper();
      const before = Date.now();
      const coupon = await claim(shopper, campaign);
      expect(coupon).toEqual({
        issuedCouponId: anId,
        couponId,
        name,
        discount,
        sequence,
        validFrom,
        validUntil,
        status: "ISSUED",
        issuedAt: anInstant,
      });
      expect(Date.parse(coupon.issuedAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(coupon.issuedAt)).toBeLessThanOrEqual(Date.now());
      expect(await shopper.api.coupon.mine.query()).toEqual({ items: [coupon], nextCursor: null });
    }
  });

  test.each(["00000000-0000-7000-8000-000000000000", "no id", "\u0000", "x".repeat(128)])(
    "of a campaign that does not exist is COUPON_NOT_FOUND: %j",
    async (couponId) => {
      await expectRefused(claim(await shop.shopper(), { couponId }), "COUPON_NOT_FOUND");
    },
  );

  test("outside the issue period is COUPON_NOT_OPEN", async () => {
    const shopper = await shop.shopper();
    for (const period of [over, coming])
      await expectRefused(claim(shopper, await shop.campaign(period)), "COUPON_NOT_OPEN");
    expect(await shopper.api.coupon.mine.query()).toEqual({ items: [], nextCursor: null });
  });

  test("opens when its issue period begins and closes when that ends, not before", async () => {
    const campaign = await shop.campaign(coming);
    const { couponId } = campaign;
    const [early, late] = await shop.shoppers(2);
    await expectRefused(claim(early!, campaign), "COUPON_NOT_OPEN");
    const [opened] = await shop.sql<{ at: Date }[]>`
      update coupon_campaigns set issue_starts_at = now() where coupon_id = ${couponId}
      returning issue_starts_at as at`;
    const coupon = await claim(early!, campaign);
    expect(Date.parse(coupon.issuedAt)).toBeGreaterThanOrEqual(opened!.at.getTime());
    await shop.sql`update coupon_campaigns set issue_ends_at = now() where coupon_id = ${couponId}`;
    await expectRefused(claim(late!, campaign), "COUPON_NOT_OPEN");
  });

  test("of the last one leaves nothing: COUPON_SOLD_OUT, again and again", async () => {
    const campaign = await shop.campaign({ totalQuantity: 1 });
    await claim(await shop.shopper(), campaign);
    const late = await shop.shopper();
    for (let attempt = 0; attempt < 3; attempt++)
      await expectRefused(claim(late, campaign), "COUPON_SOLD_OUT");
    expect(await late.api.coupon.mine.query()).toEqual({ items: [], nextCursor: null });
  });

  test("refuses in the order campaign, already issued, issue period, sold out", async () => {
    // Open for three seconds; one coupon, which the holder has.
    const ends = Date.now() + 3_000;
    const campaign = await shop.campaign({
      totalQuantity: 1,
      issueEndsAt: new Date(ends).toISOString(),
    });
    const [holder, late] = await shop.shoppers(2);
    await claim(holder!, campaign);
    await expectRefused(claim(holder!, campaign), "COUPON_ALREADY_ISSUED");
    await expectRefused(claim(late!, campaign), "COUPON_SOLD_OUT");
    await expect.poll(() => Date.now() > ends, { timeout: 5_000, interval: 5 }).toBe(true);
    await expectRefused(claim(holder!, campaign), "COUPON_ALREADY_ISSUED");
    await expectRefused(claim(late!, campaign), "COUPON_NOT_OPEN");
  });

  test("a holder hears COUPON_ALREADY_ISSUED, also when nothing is left", async () => {
    const campaign = await shop.campaign({ totalQuantity: 2 });
    const holder = await shop.shopper();
    await claim(holder, campaign);
    await expectRefused(claim(holder, campaign), "COUPON_ALREADY_ISSUED");
    await claim(await shop.shopper(), campaign);
    await expectRefused(claim(holder, campaign), "COUPON_ALREADY_ISSUED");
    expect((await holder.api.coupon.mine.query()).items.length).toBe(1);
  });

  test("a holder who has used it has it still", async () => {
    const campaign = await shop.campaign({ totalQuantity: 2 });
    const holder = await shop.shopper(10_000);
    const { issuedCouponId } = await claim(holder, campaign);
    const { productId } = await shop.product();
    await holder.api.order.place.mutate({
      items: [{ productId, quantity: 1 }],
      issuedCouponId,
      idempotencyKey: newKey(),
    });
    await expectRefused(claim(holder, campaign), "COUPON_ALREADY_ISSUED");
  });

  test("takes a couponId and a key, and nothing else", async () => {
    const shopper = await shop.shopper();
    const { couponId } = await shop.campaign();
    const send = (input: object) => shopper.api.coupon.claim.mutate(input as never);
    const forAnother = send({ couponId, idempotencyKey: newKey(), userId: "x" });
    await expectRefused(forAnother, "INVALID_INPUT", {
      issues: [{ path: [], message: expect.stringContaining("userId") }],
    });
    await expectRefused(send({ couponId }), "INVALID_INPUT", {
      issues: [{ path: ["idempotencyKey"], message: expect.any(String) }],
    });
    await expectRefused(send({ couponId: 7, idempotencyKey: newKey() }), "INVALID_INPUT", {
      issues: [{ path: ["couponId"], message: expect.any(String) }],
    });
    await expectRefused(send({ couponId: "", idempotencyKey: newKey() }), "INVALID_INPUT", {
      issues: [{ path: ["couponId"], message: expect.any(String) }],
    });
  });
});

describe("coupon.mine", () => {
  test("shows coupons as ISSUED, USED and EXPIRED; a used one never expires", async () => {
    const shopper = await shop.shopper(10_000);
    const soon = new Date(Date.now() + 3_000).toISOString();
    const { productId } = await shop.product();
    const use = (issuedCouponId: string) =>
      shopper.api.order.place.mutate({
        items: [{ productId, quantity: 1 }],
        issuedCouponId,
        idempotencyKey: newKey(),
      });
    const usedThenOver = await claim(shopper, await shop.campaign({ validUntil: soon }));
    await use(usedThenOver.issuedCouponId);
    const soonOver = await claim(shopper, await shop.campaign({ validUntil: soon }));
    const used = await claim(shopper, await shop.campaign());
    await use(used.issuedCouponId);
    const issued = await claim(shopper, await shop.campaign());
    const notYet = await claim(shopper, await shop.campaign({ validFrom: hoursFromNow(1) }));

    const mine = async () => (await shopper.api.coupon.mine.query()).items;
    const newestFirst = [notYet, issued, used, soonOver, usedThenOver];
    const before = ["ISSUED", "ISSUED", "USED", "ISSUED", "USED"] as const;
    expect(await mine()).toEqual(
      newestFirst.map((coupon, index) => ({ ...coupon, status: before[index] })),
    );
    await expect
      .poll(() => Date.now() > Date.parse(soon), { timeout: 5_000, interval: 5 })
      .toBe(true);
    const after = ["ISSUED", "ISSUED", "USED", "EXPIRED", "USED"] as const;
    expect(await mine()).toEqual(
      newestFirst.map((coupon, index) => ({ ...coupon, status: after[index] })),
    );
  });

  test("has the newest first, complete and without doubles by pages of any size", async () => {
    const shopper = await shop.shopper();
    const claimed: string[] = [];
    for (let made = 0; made < 11; made++)
      claimed.unshift((await claim(shopper, await shop.campaign())).issuedCouponId);
    for (const limit of [undefined, 1, 5, 10, 11, 100]) {
      const pages = await walkPages((cursor) =>
        shopper.api.coupon.mine.query({ ...(limit && { limit }), ...(cursor && { cursor }) }),
      );
      const size = limit ?? 20;
      expect(pages.map((page) => page.length)).toEqual(
        Array.from({ length: Math.ceil(11 / size) }, (_none, page) =>
          Math.min(size, 11 - page * size),
        ),
      );
      expect(pages.flat().map(({ issuedCouponId }) => issuedCouponId)).toEqual(claimed);
    }
  });

  test("refuses limits out of 1 to 100, made-up cursors, unknown fields", async () => {
    const { api } = await shop.shopper();
    for (const limit of [0, 101, 1.5])
      await expectRefused(api.coupon.mine.query({ limit }), "INVALID_INPUT", {
        issues: [{ path: ["limit"], message: expect.any(String) }],
      });
    for (const cursor of ["abc", "999999999999999_ffffffff-ffff-ffff-ffff-ffffffffffff"])
      await expectRefused(api.coupon.mine.query({ cursor }), "INVALID_INPUT", {
        issues: [{ path: ["cursor"], message: expect.any(String) }],
      });
    await expectRefused(api.coupon.mine.query({ status: "USED" } as object), "INVALID_INPUT", {
      issues: [{ path: [], message: expect.stringContaining("status") }],
    });
  });
});
