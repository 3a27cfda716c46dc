import { refusalPolicies, type RefusalReason } from "@stampede/core/refusals";
import { createTranslator } from "next-intl";
import { expect, test } from "vitest";
import { locales } from "../i18n/locale.ts";
import { messagesByLocale } from "../i18n/messages.ts";
import { refusalMessage } from "./refusal-message.ts";
import { networkRefusal, refusalOf, type ShownRefusal } from "./refusal.ts";

const reasons = [...(Object.keys(refusalPolicies) as RefusalReason[]), "NETWORK" as const];

const full: Omit<ShownRefusal, "reason"> = {
  retry: "never",
  retryAfterMs: 2_001,
  requestId: "request-1",
  details: {
    minimum: 1_000,
    maximum: 1_000_000,
    limit: 10_000_000,
    balance: 5_000,
    expected: 9_000,
    actual: 9_500,
    required: 12_000,
    lines: [{ productId: "product-1", requested: 3, available: 2 }],
  },
};

const translatorFor = (locale: (typeof locales)[number]) =>
  createTranslator({
    locale,
    messages: messagesByLocale[locale],
    namespace: "refusal",
    onError: (error) => {
      throw error;
    },
  });

test.each(locales.flatMap((locale) => reasons.map((reason) => [locale, reason] as const)))(
  "%s: %s is a sentence with all its numbers",
  (locale, reason) => {
    const text = refusalMessage(translatorFor(locale), { ...full, reason }, locale);
    // Ends as a sentence does, and no placeholder is left over.
    expect(text).toMatch(/[.)]$/);
    expect(text).not.toMatch(/[{}]|NaN|undefined/);
    expect(text.length).toBeGreaterThan(10);
  },
);

test("each says a thing of its own", () => {
  for (const locale of locales) {
    const t = translatorFor(locale);
    const texts = reasons.map((reason) => refusalMessage(t, { ...full, reason }, locale));
    expect(new Set(texts).size).toBe(reasons.length);
  }
});

test("the numbers are those of the refusal", () => {
  const t = translatorFor("ko");
  const say = (reason: RefusalReason) => refusalMessage(t, { ...full, reason }, "ko");
  expect(say("INSUFFICIENT_BALANCE")).toContain("7,000원");
  expect(say("PRICE_CHANGED")).toMatch(/9,000원.*9,500원/);
  expect(say("INSUFFICIENT_STOCK")).toMatch(/2개.*3개/);
  // Rounded up: one second too early would be refused again.
  expect(say("RATE_LIMITED")).toContain("3초");
});

test("what is no answer of the API is the network's, and is sent again", () => {
  const data = { reason: "COUPON_SOLD_OUT", retry: "never" };
  expect(refusalOf({ data })).toBe(data);
  for (const thrown of [new TypeError("fetch failed"), null, undefined, "x", { data: null }, { data: {} }])
    expect(refusalOf(thrown)).toBe(networkRefusal);
});
