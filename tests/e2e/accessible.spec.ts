import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "./support/shop.ts";
import { adminTour, newVisitor, shopperTour } from "./support/tour.ts";

for (const language of ["ko", "en"] as const)
  for (const scheme of ["light", "dark"] as const)
    test(`axe finds nothing on any page (${language}, ${scheme})`, async ({ browser, shop }) => {
      test.slow();
      const found: string[] = [];
      for (const tour of [shopperTour, adminTour]) {
        const context = await newVisitor(browser, shop, { language, scheme });
        const page = await context.newPage();
        for (const { name, open } of await tour(context, shop)) {
          await open(page);
          const { violations } = await new AxeBuilder({ page }).analyze();
          for (const { id, nodes } of violations)
            found.push(`${name}: ${id} ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
        }
        await context.close();
      }
      expect(found).toEqual([]);
    });
