/** The languages of the shop; the first is spoken until somebody chooses. */
export const locales = ["ko", "en"] as const;
export type Locale = (typeof locales)[number];

/** The language is a cookie, so every page has the same address in both. */
export const localeCookie = "stampede.locale";

export const toLocale = (text: string | undefined): Locale => (text === "en" ? "en" : "ko");
