"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { balanceMax, chargeAmountMax, chargeAmountMin } from "@stampede/core/wallet/policy";
import { chargeInputSchema } from "@stampede/core/wallet/schema";
import { useLocale, useTranslations } from "next-intl";
import { useEffect } from "react";
import { useForm } from "react-hook-form";
import { useCommand } from "@/commands/use-command";
import { formatKrw } from "@/lib/format";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { CommandNotice } from "../shell/command-notice";

/** What people top up by: a meal, an outing, a present, a month. */
const presets = [10_000, 30_000, 50_000, 100_000];

// The shared schema, and the policy that is a rule of its own on the server.
const formSchema = chargeInputSchema
  .pick({ amount: true })
  .refine(({ amount }) => amount >= chargeAmountMin && amount <= chargeAmountMax, {
    path: ["amount"],
  });

/** Topping up: presets or an amount of one's own; the policy is on the page before it is broken. */
export const ChargeForm = () => {
  const t = useTranslations("wallet");
  const locale = useLocale();
  const { state, pending, submit } = useCommand("wallet.charge");
  const { register, handleSubmit, setValue, watch, reset, formState } = useForm<{ amount: number }>({
    resolver: zodResolver(formSchema),
  });
  const amount = watch("amount");
  const done = state.phase === "done";
  useEffect(() => {
    if (done) reset();
  }, [done, reset]);
  const bounds = {
    min: formatKrw(chargeAmountMin, locale),
    max: formatKrw(chargeAmountMax, locale),
    limit: formatKrw(balanceMax, locale),
  };
  return (
    <form
      onSubmit={handleSubmit((wanted) => submit(wanted))}
      noValidate
      className="mt-6 flex flex-col gap-4"
    >
      <div role="group" aria-label={t("presets")} className="grid grid-cols-2 gap-2">
        {presets.map((preset) => (
          <Button
            key={preset}
            look="secondary"
            aria-pressed={amount === preset}
            className="figures aria-pressed:border-accent aria-pressed:bg-accent-wash"
            onClick={() => setValue("amount", preset, { shouldValidate: true })}
          >
            {formatKrw(preset, locale)}
          </Button>
        ))}
      </div>
      <Field
        label={t("ownAmount")}
        type="number"
        inputMode="numeric"
        step={1}
        hint={t("policy", bounds)}
        error={formState.errors.amount && t("policyBroken", bounds)}
        {...register("amount", { valueAsNumber: true })}
      />
      <Button type="submit" size="large" wide pending={pending}>
        {pending
          ? t("charging")
          : Number.isInteger(amount)
            ? t("chargeAmount", { amount: formatKrw(amount, locale) })
            : t("charge")}
      </Button>
      <CommandNotice state={state} />
      {state.phase === "done" && (
        <Notice tone="good">
          {t("charged", { balance: formatKrw(state.reply.balance, locale) })}
        </Notice>
      )}
    </form>
  );
};
