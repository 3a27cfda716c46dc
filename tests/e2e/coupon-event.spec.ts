import { expectValue, ready } from "./support/pages.ts";
import { expect, newKey, test } from "./support/shop.ts";

test("an event from its countdown to sold out, with thirty rivals at the door", async ({
  page,
  context,
  shop,
}) => {
  const seats = 20;
  const rivals = await Promise.all(Array.from({ length: 30 }, () => shop.rival()));
  const me = await shop.signedIn(context);
  await page.goto("/coupons");
  await ready(page);
  const campaign = await shop.campaign({ totalQuantity: seats, opensInMs: 10_000 });
  const ticket = page.getByTestId("campaign").filter({ hasText: campaign.name });
  await expect(ticket).toHaveAttribute("data-phase", "before");
  await expect(ticket.getByTestId("countdown")).toHaveText(/00:00:\d\d/);
  await expect(ticket.getByRole("button")).toBeDisabled();

  await expect(ticket).toHaveAttribute("data-phase", "open", { timeout: 25_000 });
  await ticket.getByRole("button", { name: "쿠폰 받기" }).click();
  await expect(ticket.getByTestId("claimed")).toBeVisible();
  const { couponId } = campaign;
  const claims = await Promise.allSettled(
    rivals.map((rival) => rival.coupon.claim.mutate({ couponId, idempotencyKey: newKey() })),
  );
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(seats - 1);
  await expect(ticket.getByTestId("remaining")).toHaveAttribute("data-value", "0");
  const [mine] = (await me.coupon.mine.query({})).items;
  await expectValue(ticket.getByTestId("claimed"), mine?.sequence ?? 0);
});

test("who comes too late hears it beside the button, in a sentence", async ({
  page,
  context,
  shop,
}) => {
  const { couponId, name } = await shop.campaign({ totalQuantity: 1 });
  await shop.signedIn(context);
  await page.goto("/coupons");
  await ready(page);
  const ticket = page.getByTestId("campaign").filter({ hasText: name });
  await expect(ticket).toHaveAttribute("data-phase", "open");
  await page.route("**/trpc/coupon.list*", () => {});
  const rival = await shop.rival();
  await rival.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
  await ticket.getByRole("button", { name: "쿠폰 받기" }).click();
  await expect(ticket.locator("[data-reason=COUPON_SOLD_OUT]")).toBeVisible();
  await page.unroute("**/trpc/coupon.list*");
});

test("the administrator opens a campaign and a shopper sees it without reloading", async ({
  page,
  context,
  browser,
  shop,
}) => {
  await page.goto("/coupons");
  await ready(page);
  const adminContext = await browser.newContext({ baseURL: shop.webUrl });
  await shop.signInAsAdmin(adminContext);
  const office = await adminContext.newPage();
  await office.goto("/admin/campaigns");
  await ready(office);
  await office.getByRole("button", { name: "이벤트 만들기" }).click();
  const dialog = office.getByRole("dialog");
  await dialog.getByLabel("이름").fill("한밤의 번개");
  await dialog.getByLabel("할인 금액").fill("4000");
  await dialog.getByLabel("수량").fill("77");
  await dialog.getByRole("button", { name: "이벤트 열기" }).click();
  await expect(dialog).toBeHidden();
  await expect(office.getByRole("cell", { name: "한밤의 번개" })).toBeVisible();

  const ticket = page.getByTestId("campaign").filter({ hasText: "한밤의 번개" });
  await expect(ticket.getByTestId("remaining")).toHaveAttribute("data-value", "77", {
    timeout: 3_000,
  });
  await adminContext.close();
  await context.close();
});

test("an event that ends while one looks says so, and to its holder that the coupon stays", async ({
  page,
  context,
  browser,
  shop,
}) => {
  await shop.signedIn(context);
  const stranger = await browser.newContext({ baseURL: shop.webUrl });
  const other = await stranger.newPage();
  await Promise.all([page.goto("/coupons"), other.goto("/coupons")]);
  await Promise.all([ready(page), ready(other)]);
  // Both pages are open already: they see it come and see it go.
  const { couponId, name } = await shop.campaign({ closesInMs: 10_000 });
  const ticket = page.getByTestId("campaign").filter({ hasText: name });
  await ticket.getByRole("button", { name: "쿠폰 받기" }).click();
  await expect(ticket).toHaveAttribute("data-phase", "mine");
  const seen = other.getByTestId("campaign").filter({ hasText: name });
  await expect(seen).toHaveAttribute("data-phase", "open");
  await expect(seen).toHaveAttribute("data-phase", "ended", { timeout: 15_000 });
  await expect(seen.getByRole("button", { name: "끝난 이벤트" })).toBeDisabled();
  await stranger.close();

  await expect(ticket.getByText("받은 쿠폰은 그대로 쓸 수 있어요")).toBeVisible();
  await expect(ticket).toHaveAttribute("data-phase", "mine");
  // The shop lists it no more, and the page was asking all the while.
  const listed = await shop.admin.coupon.list.query();
  expect(listed.map((each) => each.couponId)).not.toContain(couponId);
});

test("a browser whose clock is an hour wrong counts down by the shop's", async ({
  page,
  shop,
}) => {
  await page.addInitScript(() => {
    const trueNow = Date.now.bind(Date);
    Date.now = () => trueNow() - 3_600_000;
    // When each ticket was first seen open, by the true clock.
    const openedAt: Record<string, number> = {};
    Object.assign(globalThis, { openedAt });
    new MutationObserver(() => {
      for (const ticket of document.querySelectorAll("[data-phase=open]"))
        openedAt[ticket.querySelector("h2")?.textContent ?? ""] ??= trueNow();
    }).observe(document, { subtree: true, attributeFilter: ["data-phase"], childList: true });
  });
  await page.goto("/coupons");
  await ready(page);
  const campaign = await shop.campaign({ opensInMs: 8_000 });
  const ticket = page.getByTestId("campaign").filter({ hasText: campaign.name });
  await expect(ticket.getByTestId("countdown")).toHaveText(/00:00:\d\d/);
  await expect(ticket).toHaveAttribute("data-phase", "open", { timeout: 20_000 });
  const [listed] = (await shop.admin.coupon.list.query()).filter(
    ({ couponId }) => couponId === campaign.couponId,
  );
  const openedAt = await page.evaluate(
    (name) => (globalThis as unknown as { openedAt: Record<string, number> }).openedAt[name] ?? 0,
    campaign.name,
  );
  // Never before the shop, and within the three seconds that all that is live has; an hour would be wrong.
  const lateMs = openedAt - Date.parse(listed?.issueStartsAt ?? "");
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(3_000);
});
