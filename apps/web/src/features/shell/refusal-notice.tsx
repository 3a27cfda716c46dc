"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { refusalMessage } from "@/lib/refusal-message";
import type { ShownRefusal } from "@/lib/refusal";
import { Notice } from "@/ui/notice";

/** The sentence of a refusal, beside the control that caused it. */
export const RefusalNotice = ({
  refusal,
  children,
}: {
  refusal: ShownRefusal;
  children?: ReactNode;
}) => {
  const t = useTranslations("refusal");
  const locale = useLocale();
  return (
    <Notice tone={refusal.retry === "later" ? "warn" : "bad"}>
      <p data-reason={refusal.reason}>{refusalMessage(t, refusal, locale)}</p>
      {children}
    </Notice>
  );
};
