"use client";

import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
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
      {refusal.reason === "UNAUTHENTICATED" && <SignInAgain />}
      {children}
    </Notice>
  );
};

/** Back to this very place, with whatever its address says. */
const SignInAgain = () => {
  const t = useTranslations("account");
  const pathname = usePathname();
  const search = useSearchParams();
  const here = search.size > 0 ? `${pathname}?${search}` : pathname;
  return (
    <Link
      href={`/sign-in?next=${encodeURIComponent(here)}`}
      className="mt-1 inline-flex min-h-6 font-semibold underline underline-offset-4"
    >
      {t("signInAgain")}
    </Link>
  );
};
