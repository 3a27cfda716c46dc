import { expectReceipt, expectValue, openCheckout, openProduct, ready } from "./support/pages.ts";
import { expect, newKey, test, unique } from "./support/shop.ts";

test("a new customer signs up, tops up, claims a coupon, pays with it and finds it all again", async ({
  page,
  shop,
}) => {
  const product = await shop.product({ price: 12_000 });
  const campaign = await shop.campaign();

  await page.goto("/sign-up?next=/wallet");
  await ready(page);
  await page.getByLabel("이름").fill("김우르");
  await page.getByLabel("이메일").fill(`${unique("new-")}@example.test`);
  await page.getByLabel("비밀번호").fill("a-good-password");
  await page.getByRole("button", { name: "회원가입" }).click();

  // Signing up loads the next page anew: it is there before it is alive.
  await expect(page).toHaveURL("/wallet");
  await ready(page);
  await expectValue(page.getByTestId("balance"), 0);
  await page.getByRole("button", { name: "30,000원" }).click();
  await page.getByRole("button", { name: "30,000원 충전하기" }).click();
  await expectValue(page.getByTestId("balance"), 30_000);

  await page.goto("/coupons");
  await ready(page);
  const ticket = page.getByTestId("campaign").filter({ hasText: campaign.name });
  await ticket.getByRole("button", { name: "쿠폰 받기" }).click();
  await expectValue(ticket.getByTestId("claimed"), 1);

  await openCheckout(page, product.productId);
  await page.getByRole("radio", { name: campaign.name }).check();
  await expectValue(page.getByTestId("to-pay"), 9_000);
  await expectValue(page.getByTestId("balance-after"), 21_000);
  await page.getByRole("button", { name: "9,000원 결제하기" }).click();
  await expectReceipt(page, 9_000);

  await page.getByRole("link", { name: "주문 내역 보기" }).click();
  await expect(page.getByRole("link", { name: product.name })).toBeVisible();
  await page.goto("/wallet");
  await expectValue(page.getByTestId("balance"), 21_000);
  await expect(page.getByTestId("entry").first()).toHaveAttribute("data-type", "USE");
  await expectValue(page.getByTestId("entry").first(), 9_000);
  await page.goto("/coupons");
  await expect(page.getByText("사용함")).toBeVisible();
});

test("a guest fills a cart, signs in at checkout and finds the cart as it was", async ({
  page,
  shop,
}) => {
  const product = await shop.product({ price: 7_000 });
  const email = `${unique("guest-")}@example.test`;
  await openProduct(page, product.productId);
  await page.getByRole("button", { name: "하나 늘리기" }).click();
  await expect(page.getByTestId("sum")).toHaveText("14,000원");
  await page.getByRole("button", { name: "장바구니 담기" }).click();
  await page.getByRole("link", { name: "장바구니 1" }).click();
  await expectValue(page.getByTestId("cart-total"), 14_000);
  await page.getByRole("link", { name: "주문하기" }).click();

  await expect(page).toHaveURL(/\/sign-in\?next=%2Fcheckout/);
  await ready(page);
  await page.getByRole("main").getByRole("link", { name: "회원가입" }).click();
  await page.getByLabel("이름").fill("손님");
  await page.getByLabel("이메일").fill(email);
  await page.getByLabel("비밀번호").fill("a-good-password");
  await page.getByRole("button", { name: "회원가입" }).click();

  await expect(page).toHaveURL("/checkout");
  await ready(page);
  await expectValue(page.getByTestId("to-pay"), 14_000);
  await page.getByRole("button", { name: "14,000원 충전하기" }).click();
  await page.getByRole("button", { name: "14,000원 결제하기" }).click();
  await expectReceipt(page, 14_000);
  await expect(page.getByRole("link", { name: "장바구니", exact: true })).toBeVisible();
});

test("not enough balance becomes a top-up of exactly the gap, without leaving", async ({
  page,
  context,
  shop,
}) => {
  const product = await shop.product({ price: 25_000 });
  await shop.signedIn(context, 20_000);
  await openCheckout(page, product.productId);
  await expect(page.getByTestId("pay-button")).toBeDisabled();
  await expect(page.getByTestId("gap-charge")).toContainText("5,000원 부족해요");
  await page.getByRole("button", { name: "5,000원 충전하기" }).click();
  await expectValue(page.getByTestId("balance-after"), 0);
  await page.getByRole("button", { name: "25,000원 결제하기" }).click();
  await expectReceipt(page, 25_000);
});

test("the last one goes to somebody else while I check out", async ({ page, context, shop }) => {
  const product = await shop.product({ stock: 1 });
  const me = await shop.signedIn(context, 50_000);
  const rival = await shop.rival(50_000);
  await openCheckout(page, product.productId);
  // The page does not hear of it in time: its next look at the stock hangs.
  await page.route("**/trpc/product.byId*", () => {});
  const items = [{ productId: product.productId, quantity: 1 }];
  await rival.order.place.mutate({ items, idempotencyKey: newKey() });

  await page.getByRole("button", { name: "10,000원 결제하기" }).click();
  await expect(page.locator("[data-reason=INSUFFICIENT_STOCK]")).toBeVisible();
  await expect(page.getByText("방금 품절됐어요")).toBeVisible();
  expect((await me.order.list.query({})).items).toEqual([]);
  expect((await me.wallet.balance.query()).balance).toBe(50_000);

  await page.unroute("**/trpc/product.byId*");
  await page.reload();
  await expect(page.getByTestId("pay-button")).toBeDisabled();
});

test("a price that changes while I check out is told, and never charged unseen", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  const me = await shop.signedIn(context, 50_000);
  await openCheckout(page, productId);
  await page.route("**/trpc/product.byId*", () => {});
  await shop.admin.admin.product.update.mutate({ productId, price: 13_000 });

  await page.getByRole("button", { name: "10,000원 결제하기" }).click();
  const refusal = page.locator("[data-reason=PRICE_CHANGED]");
  await expect(refusal).toContainText("10,000원");
  await expect(refusal).toContainText("13,000원");
  expect((await me.wallet.balance.query()).balance).toBe(50_000);

  await page.unroute("**/trpc/product.byId*");
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "13,000원 결제하기" }).click();
  await expectReceipt(page, 13_000);
});

test("stock on an open page follows what others buy within three seconds", async ({
  page,
  shop,
}) => {
  const { productId } = await shop.product({ stock: 9 });
  await openProduct(page, productId);
  await expectValue(page.getByTestId("stock"), 9);
  const rival = await shop.rival(50_000);
  const items = [{ productId, quantity: 4 }];
  await rival.order.place.mutate({ items, idempotencyKey: newKey() });
  await expect(page.getByTestId("stock")).toHaveAttribute("data-value", "5", { timeout: 3_000 });
});
