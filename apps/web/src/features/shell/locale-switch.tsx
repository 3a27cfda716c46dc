"use client";

import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useTransition } from "react";
import { localeCookie } from "@/i18n/locale";

/** The other language, one click away, at the same address. */
export const LocaleSwitch = () => {
  const locale = useLocale();
  const t = useTranslations("shell");
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const other = locale === "ko" ? "en" : "ko";
  const choose = () => {
    document.cookie = `${localeCookie}=${other}; path=/; max-age=31536000; samesite=lax`;
    startTransition(() => router.refresh());
  };
  return (
    <button
      type="button"
      onClick={choose}
      aria-busy={pending || undefined}
      lang={other}
      className="inline-flex min-h-11 items-center rounded-xl px-3 text-sm font-semibold hover:bg-sunken"
    >
      {t("otherLanguage")}
    </button>
  );
};
