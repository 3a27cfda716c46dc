import type { Route } from "@playwright/test";
import { expectReceipt, expectValue, openCheckout, ready } from "./support/pages.ts";
import { demoPassword, expect, test } from "./support/shop.ts";

const placing = "**/trpc/order.place*";

test("a double click on pay is one payment", async ({ page, context, shop }) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await openCheckout(page, productId);
  await page.getByTestId("pay-button").dblclick();
  await expectReceipt(page, 10_000);
  expect((await me.order.list.query({})).items).toHaveLength(1);
  expect((await me.wallet.balance.query()).balance).toBe(40_000);
});

test("a reload while paying finds out what happened and pays nothing twice", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await openCheckout(page, productId);
  // The payment arrives; its answer never does.
  const arrived = new Promise<void>((resolve) => {
    void page.route(placing, async (route) => {
      await route.fetch();
      resolve();
    });
  });
  await page.getByTestId("pay-button").click();
  await arrived;
  await page.unroute(placing);
  await page.reload();
  await expect(page).toHaveURL(/\/orders\//);
  await expectValue(page.getByTestId("paid"), 10_000);
  expect((await me.order.list.query({})).items).toHaveLength(1);
});

test("a browser that was closed while paying says so on the next visit", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await openCheckout(page, productId);
  // The request never leaves: nothing has been paid when the page is closed.
  const held = new Promise<void>((resolve) => {
    void page.route(placing, () => resolve());
  });
  await page.getByTestId("pay-button").click();
  await held;
  await page.close();
  const next = await context.newPage();
  await next.goto("/");
  await expect(next.getByText("10,000원 결제가 완료됐어요")).toBeVisible();
  expect((await me.order.list.query({})).items).toHaveLength(1);
  expect((await me.wallet.balance.query()).balance).toBe(40_000);
});

test("the API dies while I pay and comes back: one payment, one receipt", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await openCheckout(page, productId);
  let sent = 0;
  const keys = new Set<string>();
  await page.route(placing, async (route) => {
    keys.add((route.request().postDataJSON() as { idempotencyKey: string }).idempotencyKey);
    if (sent++ > 0) return route.continue();
    // It is carried out, and the API is gone before the answer is out of the door.
    await route.fetch();
    await shop.api.kill();
    await route.abort("connectionreset");
  });
  await page.getByTestId("pay-button").click();
  await expect(page.locator("[data-reason=NETWORK]").first()).toBeVisible();
  await expect(page.getByText("두 번 처리되지 않아요").first()).toBeVisible();
  await shop.api.start();
  await expectReceipt(page, 10_000);
  expect(keys.size).toBe(1);
  expect(sent).toBeGreaterThan(1);
  expect((await me.order.list.query({})).items).toHaveLength(1);
  expect((await me.wallet.balance.query()).balance).toBe(40_000);
});

test("offline while paying, and back: the page says so and finishes by itself", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await openCheckout(page, productId);
  await context.setOffline(true);
  await expect(page.getByText("인터넷 연결이 끊겼어요")).toBeVisible();
  await page.getByTestId("pay-button").click();
  await expect(page.locator("[data-reason=NETWORK]").first()).toBeVisible();
  await context.setOffline(false);
  await expectReceipt(page, 10_000);
  expect((await me.order.list.query({})).items).toHaveLength(1);
});

test("two tabs that pay the same cart at the same moment pay it once", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await page.goto(`/products/${productId}`);
  await ready(page);
  await page.getByRole("button", { name: "장바구니 담기" }).click();
  const other = await context.newPage();
  await Promise.all([page.goto("/checkout"), other.goto("/checkout")]);
  await Promise.all([ready(page), ready(other)]);
  await Promise.all([
    expect(page.getByTestId("pay-button")).toBeEnabled(),
    expect(other.getByTestId("pay-button")).toBeEnabled(),
  ]);
  // Neither payment arrives before both have left: whose click is later would find the cart paid.
  const leaving: Route[] = [];
  await context.route(placing, async (route) => {
    leaving.push(route);
    if (leaving.length === 2) await Promise.all(leaving.map((held) => held.continue()));
  });
  await page.getByTestId("pay-button").click();
  await other.getByTestId("pay-button").click();
  await Promise.all([expectReceipt(page, 10_000), expectReceipt(other, 10_000)]);
  expect(other.url()).toBe(page.url());
  expect((await me.order.list.query({})).items).toHaveLength(1);
  expect((await me.wallet.balance.query()).balance).toBe(40_000);
});

test("what one tab has bought is gone from the other", async ({ page, context, shop }) => {
  const { productId } = await shop.product({ price: 10_000 });
  await shop.signedIn(context, 50_000);
  await page.goto(`/products/${productId}`);
  await ready(page);
  await page.getByRole("button", { name: "장바구니 담기" }).click();
  const other = await context.newPage();
  await other.goto("/checkout");
  await ready(other);
  await expect(other.getByTestId("pay-button")).toBeEnabled();
  await page.goto("/checkout");
  await ready(page);
  await page.getByTestId("pay-button").click();
  await expectReceipt(page, 10_000);
  await expect(other.getByText("주문할 상품이 없어요")).toBeVisible();
});

test("a session that ends at the checkout comes back to the same product, and pays it once", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const { email, client: me } = await shop.shopper(50_000);
  await shop.signIn(context, email);
  await openCheckout(page, productId);
  await context.clearCookies();
  await page.getByTestId("pay-button").click();
  await expect(page.locator("[data-reason=UNAUTHENTICATED]")).toBeVisible();
  await page.getByRole("link", { name: "다시 로그인하기" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  const next = new URL(page.url()).searchParams.get("next");
  expect(next).toBe(`/checkout?product=${productId}&quantity=1`);
  await ready(page);
  await page.getByLabel("이메일").fill(email);
  await page.getByLabel("비밀번호").fill(demoPassword);
  await page.getByRole("button", { name: "로그인" }).click();
  // What was asked for before the session ended is asked again, under its key.
  await expectReceipt(page, 10_000);
  expect((await me.order.list.query({})).items).toHaveLength(1);
  expect((await me.wallet.balance.query()).balance).toBe(40_000);
});
