import { fileURLToPath } from "node:url";
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

for (const view of views) {
  const label = `${view.language}-${view.scheme}-${view.phone ? "phone" : "desktop"}`;
  test(`screens ${label}`, async ({ browser, shop }) => {
    for (const tour of [shopperTour, adminTour]) {
      const context = await newVisitor(browser, shop, view);
      const page = await context.newPage();
      for (const { name, open } of await tour(context, shop)) {
        await open(page);
        // Pictures further down load when they come near.
        await page.evaluate(async () => {
          for (const image of document.images) image.loading = "eager";
          await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
          await document.fonts.ready;
        });
        await page.screenshot({ path: `${folder}/${name}.${label}.png`, fullPage: true });
      }
      await context.close();
    }
  });
}
