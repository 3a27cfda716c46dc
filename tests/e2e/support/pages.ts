import type { Locator, Page } from "@playwright/test";
import { expect } from "./shop.ts";

/** The number behind a formatted amount. Stories assert numbers, never how they are written. */
export const valueOf = async (locator: Locator): Promise<number> =>
  Number(await locator.getAttribute("data-value"));

/** Waits until the number behind a formatted amount is this one. */
export const expectValue = (locator: Locator, value: number): Promise<void> =>
  expect(locator).toHaveAttribute("data-value", String(value));

/** Opens a product and waits until its buttons work. */
export const openProduct = async (page: Page, productId: string): Promise<void> => {
  await page.goto(`/products/${productId}`);
  await ready(page);
};

/**
 * Waits until the page has come alive and what was streamed stands in its place: until then it waits
 * beside the page, hidden, and whatever its placeholder shows as well is there twice (10 ms; on a
 * crowded machine up to 300). The page polls, so its network is never silent.
 */
export const ready = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => {
    if (document.readyState === "loading" || document.querySelector("[hidden][id^='S:']")) return false;
    // Each of them: what was streamed comes alive after the rest, and a click before that is lost.
    const buttons = [...document.querySelectorAll("button")];
    const isAlive = (button: Element) => Object.keys(button).some((key) => key.startsWith("__reactFiber"));
    return buttons.length > 0 && buttons.every(isAlive);
  });

/** From a product to its checkout, as somebody who is signed in. */
export const openCheckout = async (page: Page, productId: string): Promise<void> => {
  await openProduct(page, productId);
  await page.getByRole("button", { name: "바로 구매" }).click();
  await expect(page.getByTestId("pay-button")).toBeVisible();
};

/** The receipt, after a payment. */
export const expectReceipt = async (page: Page, paid: number): Promise<void> => {
  await expect(page).toHaveURL(/\/orders\/[0-9a-f-]{36}/);
  await expect(page.getByRole("heading", { name: "결제가 끝났어요" })).toBeFocused();
  await expectValue(page.getByTestId("paid"), paid);
};
