import type { useTranslations } from "next-intl";
import type { Locale } from "../i18n/locale";
import { formatCount, formatKrw } from "./format";
import type { ShownReason, ShownRefusal } from "./refusal";

type Translator = ReturnType<typeof useTranslations<"refusal">>;

/**
 * The sentence of a refusal: what happened, and what to do. Every reason is a key of the messages,
 * so a reason without its sentence does not compile, in either language.
 */
export const refusalMessage = (t: Translator, refusal: ShownRefusal, locale: Locale): string => {
  const { reason, details = {} } = refusal;
  const key: ShownReason = reason;
  const money = (amount: number | undefined) => formatKrw(amount ?? 0, locale);
  const [line] = details.lines ?? [];
  return t(key, {
    minimum: money(details.minimum),
    maximum: money(details.maximum),
    limit: money(details.limit),
    balance: money(details.balance),
    expected: money(details.expected),
    actual: money(details.actual),
    required: money(details.required),
    gap: money((details.required ?? 0) - (details.balance ?? 0)),
    lines: details.lines?.length ?? 0,
    available: formatCount(line?.available ?? 0, locale),
    requested: formatCount(line?.requested ?? 0, locale),
    seconds: Math.ceil((refusal.retryAfterMs ?? 1000) / 1000),
    requestId: refusal.requestId ?? "-",
  });
};
