"use client";

import { useTranslations } from "next-intl";
import { useRouter } from "next/navigation";
import { useEffect, useTransition } from "react";
import { Button, ButtonLink } from "@/ui/button";

// The API is usually back within seconds; the page tries again by itself, a crowd not all at once.
const retryMs = 3_500 + Math.random() * 1_000;

export interface Broken {
  readonly error: Error & { digest?: string };
  readonly reset: () => void;
}

/** What a page shows that could not be made, usually because the API is away. */
export const ErrorView = ({ error, reset }: Broken) => {
  const t = useTranslations("state");
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const again = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  useEffect(() => {
    const timer = setInterval(again, retryMs);
    return () => clearInterval(timer);
  });
  return (
    <div className="page flex flex-col items-center py-16 text-center">
      <svg aria-hidden viewBox="0 0 320 190" className="w-72">
        <path d="M0 150h320v40H0z" className="fill-sunken" />
        <path d="M84 150V60h152v90" className="fill-line" />
        <path d="M72 60h176l-14-30H86z" className="fill-accent" />
        <path d="M120 30l-8 30M160 30v30M200 30l8 30" className="stroke-paper" strokeWidth="7" />
        <path d="M110 150V86h100v64" className="fill-edge" opacity="0.6" />
        <path d="M110 100h100M110 114h100M110 128h100" className="stroke-line" strokeWidth="4" />
      </svg>
      <h1 className="mt-6 text-3xl font-bold">{t("error")}</h1>
      <p className="mt-2 max-w-md text-ink-soft">{t("errorHint")}</p>
      {error.digest && (
        <p className="figures mt-2 text-sm text-ink-soft">{t("digest", { digest: error.digest })}</p>
      )}
      <div className="mt-6 flex gap-3">
        <Button onClick={again} pending={pending}>
          {t("again")}
        </Button>
        <ButtonLink href="/" look="secondary">
          {t("home")}
        </ButtonLink>
      </div>
    </div>
  );
};
