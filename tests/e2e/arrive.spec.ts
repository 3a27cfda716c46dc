import type { Page } from "@playwright/test";
import { layoutShiftOf, shiftMax } from "./support/layout-shift.ts";
import { ready } from "./support/pages.ts";
import { expect, test, type Shop } from "./support/shop.ts";
import { newVisitor } from "./support/tour.ts";

/** Where strangers land. */
const landings = async (shop: Shop): Promise<readonly string[]> => {
  const [product] = (await shop.admin.product.list.query({ sort: "priceDesc" })).items;
  return ["/", `/products/${product?.productId}`, "/coupons"];
};

for (const language of ["ko", "en"] as const)
  test(`letters that come late move nothing on a phone (${language})`, async ({ browser, shop }) => {
    const found: string[] = [];
    for (const path of await landings(shop)) {
      const context = await newVisitor(browser, shop, { language, scheme: "light", phone: true });
      const page = await context.newPage();
      let letFontsCome = () => {};
      const seen = new Promise<void>((resolve) => (letFontsCome = resolve));
      await page.route("**/*.woff2", async (route) => {
        await seen;
        await route.continue();
      });
      await page.goto(path, { waitUntil: "commit" });
      await expect.poll(() => firstPaintMs(page)).toBeLessThan(Infinity);
      letFontsCome();
      await page.evaluate(() => document.fonts.ready);
      const shift = await layoutShiftOf(page);
      if (shift > shiftMax) found.push(`${path}: layout shift ${shift}`);
      await context.close();
    }
    expect(found).toEqual([]);
  });

/** When the page was first seen, in milliseconds since it was asked for. */
const firstPaintMs = (page: Page) =>
  page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity);

// What each of the page's own files does first is to look at this.
const noteFirstScript = () => {
  let chunks: unknown;
  Object.defineProperty(window, "TURBOPACK", {
    get: () => {
      if (document.currentScript?.getAttribute("src")) performance.mark("first-script");
      return chunks;
    },
    set: (value) => {
      chunks = value;
    },
  });
};

test("a page is painted before its scripts run, also when they are in the cache", async ({ page, shop }) => {
  await page.addInitScript(noteFirstScript);
  for (const path of await landings(shop))
    for (const visit of ["first", "second"]) {
      await page.goto(path);
      await ready(page);
      const scriptMs = await page.evaluate(() => performance.getEntriesByName("first-script")[0]?.startTime);
      expect(scriptMs, `${path}, ${visit} visit`).toBeGreaterThan(await firstPaintMs(page));
    }
});

test("a page that is not looked at, or whose browser tells of no paint, comes alive too", async ({ browser, shop }) => {
  const notSeen = () => Object.defineProperty(document, "hidden", { get: () => true });
  const notTold = () => void (PerformanceObserver.prototype.observe = () => {});
  for (const make of [notSeen, notTold]) {
    const context = await newVisitor(browser, shop, { language: "ko", scheme: "light" });
    const page = await context.newPage();
    await page.addInitScript(make);
    await page.goto("/coupons");
    await ready(page);
    await context.close();
  }
});
