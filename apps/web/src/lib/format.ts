import type { Discount } from "@stampede/core/coupon/discount";
import type { Locale } from "../i18n/locale";

// The shop is in Korea: its day starts there, whatever the browser's clock says.
const timeZone = "Asia/Seoul";

// Made once: making one costs fifty times what using it does.
const counts = {
  ko: new Intl.NumberFormat("ko-KR"),
  en: new Intl.NumberFormat("en-US"),
} as const satisfies Record<Locale, Intl.NumberFormat>;

/** 12000 as "12,000원" or "₩12,000". The only place that writes money. */
export const formatKrw = (amount: number, locale: Locale): string => {
  const digits = formatCount(amount, locale);
  return locale === "ko" ? `${digits}원` : `₩${digits}`;
};

/** What is taken off, with its sign: "−3,000원"; nothing is "0원". */
export const formatTaken = (amount: number, locale: Locale): string =>
  `${amount > 0 ? "−" : ""}${formatKrw(amount, locale)}`;

/** 12000 as "12,000". */
export const formatCount = (count: number, locale: Locale): string =>
  counts[locale].format(count);

/** "3,000원" or "30%". */
export const formatDiscount = (discount: Discount, locale: Locale): string =>
  discount.type === "FIXED" ? formatKrw(discount.amount, locale) : `${discount.percent}%`;

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// Only the numbers are asked of the engine: server and browser carry different data on how a
// language writes a date, and a page must say the same in both.
const numbers = new Intl.DateTimeFormat("en-US", {
  timeZone,
  hourCycle: "h23",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

const partsOf = (instant: string) => {
  const parts = numbers.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]);
  return Object.fromEntries(parts) as Record<"year" | "month" | "day" | "hour" | "minute", string>;
};

/** A moment with its minute, in the shop's time zone: "2026년 12월 6일 19:43". */
export const formatMoment = (instant: string, locale: Locale): string => {
  const { year } = partsOf(instant);
  const near = formatNear(instant, locale);
  return locale === "ko" ? `${year}년 ${near}` : `${near}, ${year}`;
};

/** A moment without its year, for what is near: "12월 6일 19:43" or "19:43, 6 Dec". */
export const formatNear = (instant: string, locale: Locale): string => {
  const { month, day, hour, minute } = partsOf(instant);
  if (locale === "ko") return `${month}월 ${day}일 ${hour}:${minute}`;
  return `${hour}:${minute}, ${day} ${monthNames[Number(month) - 1]}`;
};

/** Milliseconds as "2일 03:04:05", "2d 03:04:05" or "03:04:05"; never below zero. */
export const formatCountdown = (ms: number, locale: Locale): string => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const pad = (n: number) => String(n).padStart(2, "0");
  const clock = `${pad(Math.floor(seconds / 3600) % 24)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  const days = Math.floor(seconds / 86_400);
  if (days === 0) return clock;
  return locale === "ko" ? `${days}일 ${clock}` : `${days}d ${clock}`;
};
