import en from "../../messages/en.json";
import ko from "../../messages/ko.json";
import type { Locale } from "./locale";

export type Messages = typeof ko;

/** Every sentence of the shop. A key that one language lacks does not compile. */
export const messagesByLocale = {
  ko: ko satisfies typeof en,
  en: en satisfies typeof ko,
} satisfies Record<Locale, Messages>;
