"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { campaignCreateInputSchema, type CampaignCreateInput } from "@stampede/core/coupon/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm, type FieldErrors } from "react-hook-form";
import type { z } from "zod";
import { refusalOf } from "@/lib/refusal";
import { serverNow } from "@/lib/server-clock";
import { browserApi } from "@/trpc/api";
import { Button } from "@/ui/button";
import { Field, SelectField } from "@/ui/field";
import { RefusalNotice } from "../shell/refusal-notice";

type Fields = z.input<typeof campaignCreateInputSchema>;

const dayMs = 86_400_000;

// What a `datetime-local` input shows and says is in the browser's own time zone.
const toLocal = (ms: number): string => {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
};
const toUtc = (local: string): string => {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? local : date.toISOString();
};

/** A new campaign: what it takes off, how many there are, and when. */
export const CampaignForm = ({ onSaved }: { onSaved: () => void }) => {
  const t = useTranslations("admin");
  const client = useQueryClient();
  const now = serverNow();
  const { register, handleSubmit, watch, formState } = useForm<
    Fields,
    unknown,
    CampaignCreateInput
  >({
    resolver: zodResolver(campaignCreateInputSchema),
    shouldUnregister: true,
    defaultValues: { name: "", discount: { type: "FIXED", amount: 3_000 }, totalQuantity: 100 },
  });
  const save = useMutation({
    mutationFn: async (campaign: CampaignCreateInput) =>
      (await browserApi()).admin.coupon.create.mutate(campaign),
    onSuccess: async () => {
      await client.invalidateQueries();
      onSaved();
    },
  });
  const { errors } = formState;
  const type = watch("discount.type");
  const discountErrors = errors.discount as FieldErrors<Record<string, number>> | undefined;
  const period = (name: "issueStartsAt" | "issueEndsAt" | "validFrom" | "validUntil", at: number) => (
    <Field
      label={t(name)}
      type="datetime-local"
      defaultValue={toLocal(at)}
      error={errors[name] && t(`invalid.${name}`)}
      {...register(name, { setValueAs: toUtc })}
    />
  );
  return (
    <form
      noValidate
      onSubmit={handleSubmit((campaign) => save.mutate(campaign))}
      className="flex flex-col gap-4"
    >
      <Field label={t("name")} error={errors.name && t("invalid.name")} {...register("name")} />
      <SelectField label={t("discountType")} {...register("discount.type")}>
        <option value="FIXED">{t("fixed")}</option>
        <option value="PERCENT">{t("percent")}</option>
      </SelectField>
      {type === "FIXED" ? (
        <Field
          key="amount"
          label={t("amountKrw")}
          type="number"
          error={discountErrors?.["amount"] && t("invalid.amount")}
          {...register("discount.amount", { valueAsNumber: true })}
        />
      ) : (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            key="percent"
            label={t("percentOf")}
            type="number"
            error={discountErrors?.["percent"] && t("invalid.percent")}
            {...register("discount.percent", { valueAsNumber: true })}
          />
          <Field
            key="maxAmount"
            label={t("maxAmount")}
            type="number"
            error={discountErrors?.["maxAmount"] && t("invalid.amount")}
            {...register("discount.maxAmount", {
              setValueAs: (text: string | null) => (text ? Number(text) : null),
            })}
          />
        </div>
      )}
      <Field
        label={t("totalQuantity")}
        type="number"
        error={errors.totalQuantity && t("invalid.totalQuantity")}
        {...register("totalQuantity", { valueAsNumber: true })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {period("issueStartsAt", now)}
        {period("issueEndsAt", now + dayMs)}
        {period("validFrom", now)}
        {period("validUntil", now + 7 * dayMs)}
      </div>
      {save.error && <RefusalNotice refusal={refusalOf(save.error)} />}
      <Button type="submit" size="large" wide pending={save.isPending}>
        {t("openCampaign")}
      </Button>
    </form>
  );
};
