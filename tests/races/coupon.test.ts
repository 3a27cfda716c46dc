import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey, type Client } from "../support/client.ts";
import { answers, race, runners, tally, type Outcome } from "../support/race.ts";
import { startShop, type Campaign, type Person, type Shop } from "../support/shop.ts";

// Two API processes on one database; every second person comes to the other.
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ apis: 2 });
});
afterAll(() => shop[Symbol.asyncDispose]());

const claim = (api: Client, { couponId }: Campaign, idempotencyKey = newKey()) =>
  api.coupon.claim.mutate({ couponId, idempotencyKey });

type Issued = Awaited<ReturnType<typeof claim>>;

/** Everyone who was told "issued" has that coupon, nobody else has one, sequences are 1 to n. */
const expectIssued = async (
  campaign: Campaign,
  outcomes: readonly Outcome<Issued>[],
  count: number,
) => {
  const told = answers(outcomes)
    .map(({ issuedCouponId, sequence }) => ({ issuedCouponId, sequence }))
    .toSorted((a, b) => a.sequence - b.sequence);
  expect(told.map(({ sequence }) => sequence)).toEqual(runners(count).map((index) => index + 1));
  const rows = await shop.sql`
    select issued_coupon_id as "issuedCouponId", sequence::int from issued_coupons
    where coupon_id = ${campaign.couponId} order by sequence`;
  expect([...rows]).toEqual(told);
  const [post] = await shop.sql`
    select issued_quantity::int as issued,
      (select count(distinct user_id)::int from issued_coupons
        where coupon_id = ${campaign.couponId}) as holders
    from coupon_campaigns where coupon_id = ${campaign.couponId}`;
  expect(post).toEqual({ issued: count, holders: count });
  const listed = (await shop.visitor.coupon.list.query()).find(
    ({ couponId }) => couponId === campaign.couponId,
  );
  expect(listed?.remainingQuantity).toBe(campaign.totalQuantity - count);
  await shop.audit();
};

const rush = async (people: readonly Person[], campaign: Campaign) =>
  race(people, ({ api }) => claim(api, campaign));

test("a thousand people, a hundred coupons: 100 are issued, 900 hear sold out", async () => {
  const campaign = await shop.campaign({ totalQuantity: 100 });
  const people = await shop.shoppers(1_000);
  const outcomes = await rush(people, campaign);
  expect(tally(outcomes)).toEqual({ OK: 100, COUPON_SOLD_OUT: 900 });
  await expectIssued(campaign, outcomes, 100);

  // And whoever asks again hears the same as before, with the same key and with another.
  const again = await race(people, ({ api }) => claim(api, campaign));
  expect(tally(again)).toEqual({ COUPON_ALREADY_ISSUED: 100, COUPON_SOLD_OUT: 900 });
  await expectIssued(campaign, outcomes, 100);
});

test.each([
  [100, 50],
  [100, 10],
  [20, 10],
  [120, 100],
  [150, 100],
  [13, 10],
  [6, 5],
  [5, 2],
  [500, 100],
])("%i people, %i coupons: exactly as many are issued as there are", async (count, coupons) => {
  const campaign = await shop.campaign({ totalQuantity: coupons });
  const outcomes = await rush(await shop.shoppers(count), campaign);
  expect(tally(outcomes)).toEqual({ OK: coupons, COUPON_SOLD_OUT: count - coupons });
  await expectIssued(campaign, outcomes, coupons);
});

test("a hundred people, a hundred coupons: nobody hears sold out", async () => {
  const campaign = await shop.campaign({ totalQuantity: 100 });
  const outcomes = await rush(await shop.shoppers(100), campaign);
  expect(tally(outcomes)).toEqual({ OK: 100 });
  await expectIssued(campaign, outcomes, 100);
});

test("nobody is crowded out by repeats: a hundred people, ten requests each", async () => {
  const campaign = await shop.campaign({ totalQuantity: 100 });
  const people = await shop.shoppers(100);
  const outcomes = await race(runners(1_000), (runner) =>
    claim(people[runner % 100]!.apis[runner % 2]!, campaign),
  );
  expect(tally(outcomes)).toEqual({ OK: 100, COUPON_ALREADY_ISSUED: 900 });
  await expectIssued(campaign, outcomes, 100);
});

test("all five hundred are gone: of five hundred who come late nobody gets one", async () => {
  const campaign = await shop.campaign({ totalQuantity: 500 });
  const early = await rush(await shop.shoppers(500), campaign);
  expect(tally(early)).toEqual({ OK: 500 });
  const [before] = await shop.sql`select count(*)::int from idempotency_keys`;
  const late = await rush(await shop.shoppers(500), campaign);
  expect(tally(late)).toEqual({ COUPON_SOLD_OUT: 500 });
  expect(await shop.sql`select count(*)::int from idempotency_keys`).toEqual([before]);
  await expectIssued(campaign, early, 500);
});

describe("one person has one coupon of a campaign, however often they ask", () => {
  test.each([10, 100])("%i at once with as many keys: one is issued", async (copies) => {
    const campaign = await shop.campaign({ totalQuantity: 100 });
    const shopper = await shop.shopper();
    const outcomes = await race(runners(copies), (copy) =>
      claim(shopper.apis[copy % 2]!, campaign),
    );
    expect(tally(outcomes)).toEqual({ OK: 1, COUPON_ALREADY_ISSUED: copies - 1 });
    await expectIssued(campaign, outcomes, 1);
  });

  test("fifty people, two requests each: fifty issued, fifty refused", async () => {
    const campaign = await shop.campaign({ totalQuantity: 100 });
    const people = await shop.shoppers(50);
    const outcomes = await race(runners(100), (runner) =>
      claim(people[runner >> 1]!.apis[runner % 2]!, campaign),
    );
    expect(tally(outcomes)).toEqual({ OK: 50, COUPON_ALREADY_ISSUED: 50 });
    await expectIssued(campaign, outcomes, 50);
  });

  test("of the last coupon: its winner hears already issued, everyone else sold out", async () => {
    const campaign = await shop.campaign({ totalQuantity: 1 });
    const people = await shop.shoppers(100);
    const outcomes = await race(runners(200), (runner) =>
      claim(people[runner >> 1]!.apis[runner % 2]!, campaign),
    );
    expect(tally(outcomes)).toEqual({
      OK: 1,
      COUPON_ALREADY_ISSUED: 1,
      COUPON_SOLD_OUT: 198,
    });
    await expectIssued(campaign, outcomes, 1);
  });
});

test("one person, five campaigns at once: all five are theirs", async () => {
  const shopper = await shop.shopper();
  const campaigns = await Promise.all(runners(5).map(() => shop.campaign({ totalQuantity: 1 })));
  const outcomes = await race(campaigns, (campaign, index) =>
    claim(shopper.apis[index % 2]!, campaign),
  );
  expect(tally(outcomes)).toEqual({ OK: 5 });
  expect((await shopper.api.coupon.mine.query()).items.length).toBe(5);
  await shop.audit();
});

test("a hundred people, each twice with one key: both are answered alike", async () => {
  const campaign = await shop.campaign({ totalQuantity: 60 });
  const people = await shop.shoppers(100);
  const keys = people.map(() => newKey());
  const outcomes = await race(runners(200), (runner) =>
    claim(people[runner >> 1]!.apis[runner % 2]!, campaign, keys[runner >> 1]),
  );
  expect(tally(outcomes)).toEqual({ OK: 120, COUPON_SOLD_OUT: 80 });
  for (const person of runners(100))
    expect(outcomes[person * 2 + 1]).toMatchObject(
      outcomes[person * 2]!.ending === "OK" ? outcomes[person * 2]! : { ending: "COUPON_SOLD_OUT" },
    );
  const [post] = await shop.sql`
    select issued_quantity::int as issued from coupon_campaigns
    where coupon_id = ${campaign.couponId}`;
  expect(post).toEqual({ issued: 60 });
  await shop.audit();
});

test("two campaigns in one rush keep out of each other's lines", async () => {
  const [small, large] = [
    await shop.campaign({ totalQuantity: 30 }),
    await shop.campaign({ totalQuantity: 150 }),
  ];
  const people = await shop.shoppers(200);
  const outcomes = await race(runners(400), (runner) =>
    claim(people[runner >> 1]!.api, runner % 2 === 0 ? small : large),
  );
  const ofSmall = outcomes.filter((_outcome, runner) => runner % 2 === 0);
  const ofLarge = outcomes.filter((_outcome, runner) => runner % 2 === 1);
  expect(tally(ofSmall)).toEqual({ OK: 30, COUPON_SOLD_OUT: 170 });
  expect(tally(ofLarge)).toEqual({ OK: 150, COUPON_SOLD_OUT: 50 });
  await expectIssued(small, ofSmall, 30);
  await expectIssued(large, ofLarge, 150);
});

test("nobody gets one before the campaign opens, and the first hundred after it do", async () => {
  const opens = Date.now() + 2_500;
  const issueStartsAt = new Date(opens).toISOString();
  const campaign = await shop.campaign({ totalQuantity: 100, issueStartsAt });
  const people = await shop.shoppers(200);
  const early: string[] = [];
  // Everyone presses until they are told something else than "not open".
  const outcomes = await race(people, async ({ api }) => {
    for (;;)
      try {
        return await claim(api, campaign);
      } catch (error) {
        if (!String(error).includes("not being given out now")) throw error;
        early.push(new Date().toISOString());
      }
  });
  expect(early.length).toBeGreaterThan(200);
  expect(tally(outcomes)).toEqual({ OK: 100, COUPON_SOLD_OUT: 100 });
  for (const { issuedAt } of answers(outcomes))
    expect(Date.parse(issuedAt)).toBeGreaterThanOrEqual(opens);
  await expectIssued(campaign, outcomes, 100);
});
