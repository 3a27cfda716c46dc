"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { productCreateInputSchema, type Product } from "@stampede/core/product/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { refusalOf } from "@/lib/refusal";
import { browserApi } from "@/trpc/api";
import { Button } from "@/ui/button";
import { Field, TextField } from "@/ui/field";
import { RefusalNotice } from "../shell/refusal-notice";

type Fields = z.input<typeof productCreateInputSchema>;
type Valid = z.output<typeof productCreateInputSchema>;

/** A new product, or the words, price and picture of an old one; its stock only grows by restocking. */
export const ProductForm = ({ product, onSaved }: { product?: Product; onSaved: () => void }) => {
  const t = useTranslations("admin");
  const client = useQueryClient();
  const { register, handleSubmit, formState } = useForm<Fields, unknown, Valid>({
    resolver: zodResolver(productCreateInputSchema),
    defaultValues: product
      ? {
          name: product.name,
          description: product.description,
          price: product.price,
          stock: product.stock,
          imageUrl: product.imageUrl,
        }
      : { name: "", description: "", imageUrl: null },
  });
  const { errors } = formState;
  const save = useMutation({
    mutationFn: async ({ stock, ...words }: Valid) => {
      const { create, update } = (await browserApi()).admin.product;
      return product
        ? update.mutate({ productId: product.productId, ...words })
        : create.mutate({ ...words, stock });
    },
    onSuccess: async () => {
      await client.invalidateQueries();
      onSaved();
    },
  });
  return (
    <form
      noValidate
      onSubmit={handleSubmit((fields) => save.mutate(fields))}
      className="flex flex-col gap-4"
    >
      <Field label={t("name")} error={errors.name && t("invalid.name")} {...register("name")} />
      <TextField
        label={t("description")}
        error={errors.description && t("invalid.description")}
        {...register("description")}
      />
      <Field
        label={t("priceKrw")}
        type="number"
        inputMode="numeric"
        error={errors.price && t("invalid.price")}
        {...register("price", { valueAsNumber: true })}
      />
      {!product && (
        <Field
          label={t("stock")}
          type="number"
          inputMode="numeric"
          error={errors.stock && t("invalid.stock")}
          {...register("stock", { valueAsNumber: true })}
        />
      )}
      <Field
        label={t("imageUrl")}
        hint={t("imageUrlHint")}
        error={errors.imageUrl && t("invalid.imageUrl")}
        {...register("imageUrl", { setValueAs: (text: string | null) => text || null })}
      />
      {save.error && <RefusalNotice refusal={refusalOf(save.error)} />}
      <Button type="submit" size="large" wide pending={save.isPending}>
        {t("save")}
      </Button>
    </form>
  );
};
