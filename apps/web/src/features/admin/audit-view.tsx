"use client";

import type { AuditCheck } from "@stampede/core/audit/schema";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { formatCount, formatMoment } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/skeleton";
import { RefusalNotice } from "../shell/refusal-notice";

/** Whether everything adds up, and what does not. */
export const AuditView = () => {
  const t = useTranslations("admin");
  const locale = useLocale();
  const { data, error, isFetching, refetch } = useQuery(queries.audit());
  if (error && !data) return <RefusalNotice refusal={refusalOf(error)} />;
  if (!data) return <Skeleton className="h-240" />;
  return (
    <section aria-label={t("audit")}>
      <div
        role="status"
        data-testid="verdict"
        data-value={String(data.ok)}
        className={`flex flex-wrap items-center gap-4 rounded-3xl p-6 ${data.ok ? "bg-good-wash text-good" : "bg-bad-wash text-bad"}`}
      >
        {data.ok ? (
          <CircleCheck aria-hidden className="size-10" />
        ) : (
          <CircleX aria-hidden className="size-10" />
        )}
        <div className="min-w-36 flex-1">
          <p className="text-xl font-bold">{t(data.ok ? "auditOk" : "auditBroken")}</p>
          <p className="text-sm">{t("checkedAt", { at: formatMoment(data.checkedAt, locale) })}</p>
        </div>
        <Button look="secondary" pending={isFetching} onClick={() => void refetch()}>
          {t("checkAgain")}
        </Button>
      </div>
      <ul className="mt-6 divide-y divide-line border-y border-line">
        {data.checks.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </ul>
    </section>
  );
};

const Check = ({ check: { name, ok, checked, violations } }: { check: AuditCheck }) => {
  const t = useTranslations("admin");
  const locale = useLocale();
  return (
    <li className="py-3">
      <div className="flex items-center gap-3">
        {ok ? (
          <CircleCheck aria-label={t("ok")} role="img" className="size-5 shrink-0 text-good" />
        ) : (
          <CircleX aria-label={t("broken")} role="img" className="size-5 shrink-0 text-bad" />
        )}
        <span className="min-w-0 flex-1">{name}</span>
        <span className="figures text-sm text-ink-soft">
          {t("checked", { count: formatCount(checked, locale) })}
        </span>
      </div>
      {violations.length > 0 && (
        <pre
          tabIndex={0}
          className="mt-2 max-h-60 overflow-auto rounded-xl bg-bad-wash p-4 text-sm text-bad"
        >
          {JSON.stringify(violations, null, 2)}
        </pre>
      )}
    </li>
  );
};
