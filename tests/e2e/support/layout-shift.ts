import type { Page } from "@playwright/test";

/** What Lighthouse calls imperceptible is 0.1; ours is a fifth of it. */
export const shiftMax = 0.02;

interface LayoutShift {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

/** How far what was shown has moved while the page came in, as browsers count it. */
export const layoutShiftOf = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & LayoutShift)[])
            if (!entry.hadRecentInput) sum += entry.value;
        });
        observer.observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), 50);
      }),
  );
