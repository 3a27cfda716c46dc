"use client";

import type { OrderPrice } from "@stampede/core/order/price";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { CommandState } from "@/commands/run";
import { formatKrw, formatTaken } from "@/lib/format";
import { Button } from "@/ui/button";
import { CommandNotice } from "../shell/command-notice";
import { GapCharge } from "./gap-charge";

/** Total, discount, to pay, and the balance before and after; the button says the amount. */
export const PayPanel = ({
  price,
  balance,
  short,
  state,
  pending,
  onPay,
  onRefresh,
}: {
  price: OrderPrice;
  balance: number;
  short: boolean;
  state: CommandState<"order.place">;
  pending: boolean;
  onPay: () => void;
  onRefresh: () => void;
}) => {
  const t = useTranslations("checkout");
  const locale = useLocale();
  const { totalAmount, discountAmount, paidAmount } = price;
  const gap = paidAmount - balance;
  return (
    <section
      aria-labelledby="pay"
      className="h-fit rounded-3xl border border-line bg-surface p-6 shadow-lift lg:sticky lg:top-24"
    >
      <h2 id="pay" className="text-xl font-bold">
        {t("pay")}
      </h2>
      <dl className="mt-4 grid gap-2.5">
        <Row label={t("total")} value={totalAmount} testId="total" />
        <Row label={t("discount")} value={discountAmount} testId="discount" taken />
        <Row label={t("toPay")} value={paidAmount} testId="to-pay" strong />
      </dl>
      <dl className="mt-4 grid gap-2 rounded-xl bg-sunken px-4 py-3">
        <Row label={t("balance")} value={balance} testId="balance" />
        <Row
          label={t("balanceAfter")}
          value={gap > 0 ? null : balance - paidAmount}
          testId="balance-after"
        >
          {gap > 0 && <span className="font-semibold text-bad">{t("notEnough")}</span>}
        </Row>
      </dl>
      <div className="mt-5 flex flex-col gap-3">
        {gap > 0 && !pending && <GapCharge gap={gap} balance={balance} />}
        <Button
          size="large"
          wide
          pending={pending}
          disabled={gap > 0 || short}
          onClick={onPay}
          data-testid="pay-button"
        >
          {t(pending ? "paying" : "payAmount", { amount: formatKrw(paidAmount, locale) })}
        </Button>
        {short && !pending && <p className="text-sm font-medium text-bad">{t("short")}</p>}
        <CommandNotice state={state} />
        {state.phase === "refused" && state.refusal.reason === "PRICE_CHANGED" && (
          <Button look="secondary" onClick={onRefresh}>
            {t("refresh")}
          </Button>
        )}
        <p className="text-sm text-ink-soft">{t("promise")}</p>
      </div>
    </section>
  );
};

const Row = ({
  label,
  value,
  testId,
  strong = false,
  taken = false,
  children,
}: {
  label: string;
  value: number | null;
  testId: string;
  strong?: boolean;
  taken?: boolean;
  children?: ReactNode;
}) => {
  const locale = useLocale();
  const size = strong ? "text-2xl font-bold" : "font-semibold";
  return (
    <div
      className={`flex items-baseline justify-between gap-4 ${strong ? "mt-1 border-t border-line pt-3" : ""}`}
    >
      <dt className={strong ? "font-bold" : "text-ink-soft"}>{label}</dt>
      <dd className={`figures ${size}`} data-testid={testId} data-value={value ?? ""}>
        {value === null ? children : (taken ? formatTaken : formatKrw)(value, locale)}
      </dd>
    </div>
  );
};
