import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { test } from "../e2e/support/shop.ts";
import { adminTour, newVisitor, shopperTour } from "../e2e/support/tour.ts";

const folder = fileURLToPath(new URL("../../screens", import.meta.url));

// Every page in Korean, light and dark, on a desk and on a phone; in English once.
const views = [
  { language: "ko", scheme: "light", phone: false },
  { language: "ko", scheme: "light", phone: true },
  { language: "ko", scheme: "dark", phone: false },
  { language: "ko", scheme: "dark", phone: true },
  { language: "en", scheme: "light", phone: true },
] as const;

/** As high a window as the page is long: what is fixed to its edges is where it belongs. */
const showAll = async (page: Page, width: number) => {
  // What comes into view makes the page longer, twice at most.
  for (let round = 0; round < 3; round++) {
    await page.setViewportSize({ width, height: await heightOf(page) });
    await page.waitForTimeout(300);
  }
};

const heightOf = (page: Page) =>
  page.evaluate(() => Math.max(780, document.documentElement.scrollHeight));

for (const view of views) {
  const label = `${view.language}-${view.scheme}-${view.phone ? "phone" : "desktop"}`;
  test(`screens ${label}`, async ({ browser, shop }) => {
    for (const tour of [shopperTour, adminTour]) {
      const context = await newVisitor(browser, shop, view);
      const page = await context.newPage();
      for (const { name, open, leave } of await tour(context, shop)) {
        await page.setViewportSize(view.phone ? { width: 360, height: 780 } : { width: 1280, height: 900 });
        await open(page);
        await showAll(page, view.phone ? 360 : 1280);
        // Pictures further down load when they come near.
        await page.evaluate(async () => {
          for (const image of document.images) image.loading = "eager";
          await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
          await document.fonts.ready;
        });
        await page.screenshot({ path: `${folder}/${name}.${label}.png` });
        await leave?.();
      }
      await context.close();
    }
  });
}
