import { AxeBuilder } from "@axe-core/playwright";
import { layoutShiftOf, shiftMax } from "./support/layout-shift.ts";
import { expect, test } from "./support/shop.ts";
import { adminTour, newVisitor, shopperTour } from "./support/tour.ts";

for (const language of ["ko", "en"] as const)
  for (const scheme of ["light", "dark"] as const)
    test(`axe finds nothing on any page, nothing moves, nothing is wider than 360 px (${language}, ${scheme})`, async ({ browser, shop }) => {
      test.slow();
      const found: string[] = [];
      for (const tour of [shopperTour, adminTour]) {
        const context = await newVisitor(browser, shop, { language, scheme });
        const page = await context.newPage();
        for (const { name, open, leave } of await tour(context, shop)) {
          await open(page);
          const { violations } = await new AxeBuilder({ page }).analyze();
          for (const { id, nodes } of violations)
            found.push(`${name}: ${id} ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
          const shift = await layoutShiftOf(page);
          if (shift > shiftMax) found.push(`${name}: layout shift ${shift}`);
          await page.setViewportSize({ width: 360, height: 740 });
          const excess = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          if (excess > 0) found.push(`${name}: ${excess} px wider than a phone`);
          await page.setViewportSize({ width: 1280, height: 900 });
          await leave?.();
        }
        await context.close();
      }
      expect(found).toEqual([]);
    });
