import type { Browser, BrowserContext, Page } from "@playwright/test";
import { ready } from "./pages.ts";
import { newKey, type Shop } from "./shop.ts";

export type Language = "ko" | "en";
export type Scheme = "light" | "dark";

interface Stop {
  readonly name: string;
  readonly open: (page: Page) => Promise<unknown>;
  /** Puts back what opening it took away. */
  readonly leave?: () => Promise<unknown>;
}

const localeCookie = "stampede.locale";

/** A browser that speaks a language and likes the light, or not. */
export const newVisitor = async (
  browser: Browser,
  shop: Shop,
  options: { language: Language; scheme: Scheme; phone?: boolean },
): Promise<BrowserContext> => {
  const { language, scheme, phone = false } = options;
  const context = await browser.newContext({
    baseURL: shop.webUrl,
    colorScheme: scheme,
    // Whatever moves has arrived when it is looked at.
    reducedMotion: "reduce",
    viewport: phone ? { width: 360, height: 780 } : { width: 1280, height: 900 },
    ...(phone && { hasTouch: true, isMobile: true }),
  });
  await context.addCookies([{ name: localeCookie, value: language, url: shop.webUrl }]);
  return context;
};

/** Every page of the shop in its most telling state, first as a guest, then as a shopper. */
export const shopperTour = async (context: BrowserContext, shop: Shop): Promise<readonly Stop[]> => {
  const { items } = await shop.admin.product.list.query({ limit: 30 });
  const inStock = items.filter(({ stock }) => stock > 5);
  const [first, second] = inStock;
  if (!first || !second) throw new Error("the demo shop has nothing in stock");
  let orderId = "";
  const signIn = async () => {
    const me = await shop.signedIn(context, 120_000);
    const [campaign] = (await me.coupon.list.query()).filter(({ discount }) => discount.type === "FIXED");
    if (campaign) await me.coupon.claim.mutate({ couponId: campaign.couponId, idempotencyKey: newKey() });
    const order = { items: [{ productId: second.productId, quantity: 1 }], idempotencyKey: newKey() };
    orderId = (await me.order.place.mutate(order)).orderId;
  };
  const visit = (name: string, path: string): Stop => ({
    name,
    open: async (page) => {
      await page.goto(path);
      await settled(page);
    },
  });
  return [
    visit("home", "/"),
    visit("search-nothing", "/?q=zzz"),
    visit("product", `/products/${first.productId}`),
    visit("coupons-guest", "/coupons"),
    visit("cart-empty", "/cart"),
    visit("orders-guest", "/orders"),
    visit("sign-in", "/sign-in"),
    visit("sign-up", "/sign-up?next=/checkout"),
    visit("not-found", "/nowhere"),
    {
      name: "cart",
      open: async (page) => {
        for (const { productId } of [first, second]) {
          await page.goto(`/products/${productId}`);
          await ready(page);
          await page.locator("main button").nth(-2).click();
        }
        await page.goto("/cart");
        await settled(page);
      },
    },
    {
      name: "coupons",
      open: async (page) => {
        await signIn();
        await page.goto("/coupons");
        await settled(page);
      },
    },
    visit("checkout", "/checkout"),
    visit("checkout-short", `/checkout?product=${first.productId}&quantity=5`),
    {
      name: "receipt",
      open: async (page) => {
        await page.goto(`/orders/${orderId}?placed`);
        await settled(page);
      },
    },
    visit("orders", "/orders"),
    visit("wallet", "/wallet"),
    {
      name: "offline",
      open: async (page) => {
        await page.goto("/wallet");
        await settled(page);
        await context.setOffline(true);
        await page.getByText(/인터넷 연결|connection is gone|offline/i).first().waitFor();
      },
      leave: () => context.setOffline(false),
    },
    {
      name: "error",
      open: async (page) => {
        await shop.api.kill();
        await page.goto("/");
        await ready(page);
        // Its view comes by itself, when it is needed.
        await page.getByRole("heading", { level: 1 }).waitFor();
      },
      leave: () => shop.api.start(),
    },
  ];
};

/** The office, page by page. */
export const adminTour = async (context: BrowserContext, shop: Shop): Promise<readonly Stop[]> => {
  await shop.signInAsAdmin(context);
  const stop = (name: string, path: string): Stop => ({
    name: `admin-${name}`,
    open: async (page) => {
      await page.goto(path);
      await settled(page);
    },
  });
  return [
    stop("products", "/admin"),
    stop("campaigns", "/admin/campaigns"),
    {
      name: "admin-campaign-form",
      open: async (page) => {
        await page.goto("/admin/campaigns");
        await settled(page);
        await page.locator("main button").first().click();
        await page.getByRole("dialog").waitFor();
      },
    },
    stop("orders", "/admin/orders"),
    stop("audit", "/admin/audit"),
  ];
};

/** Alive, and with nothing still on its way. */
const settled = async (page: Page) => {
  await ready(page);
  await page.waitForFunction(() => document.querySelector("[data-slot=skeleton]") === null);
};
