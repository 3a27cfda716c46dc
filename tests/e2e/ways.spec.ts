import type { Page } from "@playwright/test";
import { expectReceipt, expectValue, openCheckout, openProduct, ready } from "./support/pages.ts";
import { expect, newKey, test } from "./support/shop.ts";

/** Presses Tab until the wanted element has the focus. */
const tabTo = async (page: Page, name: string | RegExp) => {
  // More stops than any page of the shop has.
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    const label =
      (await focused.getAttribute("aria-label")) ?? (await focused.textContent()) ?? "";
    if (typeof name === "string" ? label.includes(name) : name.test(label)) return;
  }
  throw new Error(`nothing called ${String(name)} can be reached with Tab`);
};

test("with the keyboard only: from the first page to the receipt", async ({
  page,
  context,
  shop,
}) => {
  const product = await shop.product({ price: 10_000 });
  await shop.signedIn(context, 5_000);
  await page.goto("/");
  await ready(page);
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText("본문으로 바로 가기");
  await tabTo(page, product.name);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/products\//);
  await ready(page);
  await tabTo(page, "바로 구매");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("gap-charge")).toBeVisible();
  await tabTo(page, "5,000원 충전하기");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("pay-button")).toBeEnabled();
  await tabTo(page, "10,000원 결제하기");
  await page.keyboard.press("Enter");
  await expectReceipt(page, 10_000);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("nothing is wider than the screen, and buying is under the thumb", async ({
    page,
    context,
    shop,
  }) => {
    const { productId } = await shop.product({ price: 10_000 });
    await shop.signedIn(context, 30_000);
    for (const path of ["/", "/coupons", "/wallet", "/orders", "/cart", `/products/${productId}`]) {
      await page.goto(path);
      await ready(page);
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(excess, path).toBe(0);
    }
    await page.getByRole("button", { name: "바로 구매" }).tap();
    await page.getByTestId("pay-button").tap();
    await expectReceipt(page, 10_000);
    await page.getByRole("navigation", { name: "바로 가기" }).getByText("지갑").tap();
    await expectValue(page.getByTestId("balance"), 20_000);
  });
});

test("English is one click away, at the same address, and buys as well", async ({
  page,
  context,
  shop,
}) => {
  const { productId } = await shop.product({ price: 10_000 });
  await shop.signedIn(context, 8_000);
  await openProduct(page, productId);
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page).toHaveURL(`/products/${productId}`);
  await page.getByRole("button", { name: "Buy now" }).click();
  await page.getByRole("button", { name: "Top up ₩2,000" }).click();
  await page.getByRole("button", { name: "Pay ₩10,000" }).click();
  await expect(page.getByRole("heading", { name: "Thank you, it is paid" })).toBeFocused();
  await expectValue(page.getByTestId("paid"), 10_000);
});

test("names of products and campaigns are in the page before any script runs", async ({
  browser,
  shop,
}) => {
  const product = await shop.product();
  const campaign = await shop.campaign();
  const context = await browser.newContext({ baseURL: shop.webUrl, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/");
  await expect(page.getByText(product.name)).toBeVisible();
  await page.goto(`/products/${product.productId}`);
  await expect(page.getByRole("heading", { name: product.name })).toBeVisible();
  await page.goto("/coupons");
  await expect(page.getByRole("heading", { name: campaign.name })).toBeVisible();
  await context.close();
});

test("searching and sorting keep their place in the address", async ({ page, shop }) => {
  const cheap = await shop.product({ name: "찾는물건 하나", price: 1_000 });
  const dear = await shop.product({ name: "찾는물건 둘", price: 2_000 });
  await page.goto("/");
  await ready(page);
  await page.getByLabel("상품 검색").fill("찾는물건");
  await expect(page).toHaveURL(/q=/);
  await page.getByLabel("정렬").selectOption("priceDesc");
  await expect(page).toHaveURL(/sort=priceDesc/);
  const names = page.getByRole("main").getByRole("link", { name: /찾는물건/ });
  await expect(names).toHaveCount(2);
  await expect(names.first()).toContainText(dear.name);
  await expect(names.last()).toContainText(cheap.name);
  await page.getByLabel("상품 검색").fill("그런 것은 없다");
  await expect(page.getByText("맞는 물건이 없어요")).toBeVisible();
});

test("a picture that is missing is a drawing, not a hole", async ({ page, shop }) => {
  const { productId, name } = await shop.product({ imageUrl: "/products/no-such-picture.svg" });
  await openProduct(page, productId);
  await expect(page.locator(`svg[aria-label="${name} 그림"]`)).toBeVisible();
});

test("an address that leads nowhere says so, with the way back", async ({ page }) => {
  const answer = await page.goto("/products/no-such-product");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "여기에는 아무것도 없어요" })).toBeVisible();
  await page.getByRole("link", { name: "홈으로" }).click();
  await expect(page).toHaveURL("/");
});

test("the purchase breaks no rule of its own content security policy", async ({
  page,
  context,
  shop,
}) => {
  const violations: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) violations.push(message.text());
  });
  const { productId } = await shop.product({ price: 10_000 });
  await shop.signedIn(context, 30_000);
  await openCheckout(page, productId);
  await page.getByTestId("pay-button").click();
  await expectReceipt(page, 10_000);
  expect(violations).toEqual([]);
});

test("what is personal streams in with the page, and no cache may keep it", async ({
  browser,
  shop,
}) => {
  const { client, email } = await shop.shopper(43_210);
  const { couponId } = await shop.campaign();
  await client.coupon.claim.mutate({ couponId, idempotencyKey: newKey() });
  const product = await shop.product({ price: 3_210 });
  const items = [{ productId: product.productId, quantity: 1 }];
  const { orderId } = await client.order.place.mutate({ items, idempotencyKey: newKey() });
  const context = await browser.newContext({ baseURL: shop.webUrl });
  await shop.signIn(context, email);

  const pages = {
    "/wallet": "40,000원",
    "/orders": product.name,
    [`/orders/${orderId}`]: orderId,
    "/coupons": "1번째로 받음",
    [`/checkout?product=${product.productId}&quantity=1`]: product.name,
  };
  for (const [path, text] of Object.entries(pages)) {
    const answer = await context.request.get(path);
    const [page, scripts] = splitScripts(await answer.text());
    expect(page, path).toContain(text);
    expect(answer.headers()["cache-control"], path).toContain("no-store");
    // The session itself stays a cookie.
    const cookies = await context.cookies();
    const token = cookies.find((each) => each.name.endsWith("session_token"))?.value.split(".")[0];
    expect(page + scripts, path).not.toContain(token ?? "the session has no cookie");
  }
  await context.close();
});

/** The page that is shown, and what only scripts read. */
const splitScripts = (html: string): [page: string, scripts: string] => [
  html.replace(/<script\b.*?<\/script>/gs, ""),
  [...html.matchAll(/<script\b.*?<\/script>/gs)].join(""),
];

test("a page that nobody looks at asks for nothing, and is true again when looked at", async ({
  page,
  shop,
}) => {
  const { productId } = await shop.product({ stock: 9 });
  await openProduct(page, productId);
  await expectValue(page.getByTestId("stock"), 9);
  const show = (state: "hidden" | "visible") =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, state);
  await show("hidden");
  // What was under way when it was hidden arrives.
  await page.waitForTimeout(500);
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/trpc/") ? 1 : 0));
  await shop.admin.admin.product.restock.mutate({ productId, quantity: 5, idempotencyKey: newKey() });
  // Twice as long as the page's rhythm.
  await page.waitForTimeout(4_500);
  expect(asked).toBe(0);
  await show("visible");
  await expect(page.getByTestId("stock")).toHaveAttribute("data-value", "14", { timeout: 3_000 });
});

test("a quantity is typed, stepped and bounded by what there is", async ({ page, shop }) => {
  const { productId } = await shop.product({ price: 1_000, stock: 7 });
  await openProduct(page, productId);
  const quantity = page.getByRole("spinbutton", { name: "수량" });
  await quantity.fill("5");
  await expect(page.getByTestId("sum")).toHaveText("5,000원");
  await quantity.press("ArrowUp");
  await expect(page.getByTestId("sum")).toHaveText("6,000원");
  await quantity.fill("99");
  await quantity.blur();
  await expect(quantity).toHaveValue("7");
  await expect(page.getByTestId("sum")).toHaveText("7,000원");
  await expect(page.getByRole("button", { name: "하나 늘리기" })).toBeDisabled();
});
