"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { restockInputSchema, type Product } from "@stampede/core/product/schema";
import { useLocale, useTranslations } from "next-intl";
import { useEffect } from "react";
import { useForm } from "react-hook-form";
import { useCommand } from "@/commands/use-command";
import { formatCount } from "@/lib/format";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { CommandNotice } from "../shell/command-notice";

const formSchema = restockInputSchema.pick({ quantity: true });

/** More of a product; sent once, however often it has to be sent. */
export const RestockForm = ({ product: { productId, name, stock } }: { product: Product }) => {
  const t = useTranslations("admin");
  const locale = useLocale();
  const { state, pending, submit, reset } = useCommand("admin.product.restock", productId);
  const { register, handleSubmit, formState } = useForm<{ quantity: number }>({
    resolver: zodResolver(formSchema),
  });
  useEffect(() => reset, [reset]);
  const now = state.phase === "done" ? state.reply.stock : stock;
  return (
    <form
      noValidate
      onSubmit={handleSubmit(({ quantity }) => submit({ productId, quantity }))}
      className="flex flex-col gap-4"
    >
      <p>
        {t("stockOf", { name, stock: formatCount(now, locale) })}
      </p>
      <Field
        label={t("restockBy")}
        type="number"
        inputMode="numeric"
        error={formState.errors.quantity && t("invalid.quantity")}
        {...register("quantity", { valueAsNumber: true })}
      />
      <CommandNotice state={state} />
      {state.phase === "done" && (
        <Notice tone="good">{t("restocked", { stock: formatCount(now, locale) })}</Notice>
      )}
      <Button type="submit" size="large" wide pending={pending}>
        {t("restock")}
      </Button>
    </form>
  );
};
