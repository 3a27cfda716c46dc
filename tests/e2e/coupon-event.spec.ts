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
  const campaign = await shop.campaign({ totalQuantity: seats, opensInMs: 15_000 });

  await page.goto("/coupons");
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
