"use client";

import type { Product } from "@stampede/core/product/schema";
import { pageSizeMax } from "@stampede/core/page";
import { useInfiniteQuery } from "@tanstack/react-query";
import { createColumnHelper } from "@tanstack/react-table";
import { useLocale, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { formatCount, formatKrw } from "@/lib/format";
import { refusalOf } from "@/lib/refusal";
import { queries } from "@/trpc/queries";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { Dialog } from "@/ui/dialog";
import { Picture } from "@/ui/picture";
import { Skeleton } from "@/ui/skeleton";
import { MoreButton } from "../catalog/more-button";
import { RefusalNotice } from "../shell/refusal-notice";
import { ProductForm } from "./product-form";
import { RestockForm } from "./restock-form";

type Open = { kind: "create" } | { kind: "edit" | "restock"; product: Product } | null;

const column = createColumnHelper<Product>();

/** Every product: create, edit, restock. */
export const ProductsAdmin = () => {
  const t = useTranslations("admin");
  const list = useInfiniteQuery(queries.catalog("", "newest", pageSizeMax));
  const [open, setOpen] = useState<Open>(null);
  const columns = useColumns(setOpen);
  const close = () => setOpen(null);
  return (
    <section>
      <div className="mb-4 flex justify-end">
        <Button onClick={() => setOpen({ kind: "create" })}>{t("newProduct")}</Button>
      </div>
      {list.error && <RefusalNotice refusal={refusalOf(list.error)} />}
      {list.data ? (
        <DataTable
          label={t("products")}
          columns={columns}
          rows={list.data.pages.flatMap(({ items }) => items)}
          rowId={({ productId }) => productId}
        />
      ) : (
        <Skeleton className="h-240" />
      )}
      {list.hasNextPage && (
        <MoreButton
          label={t("more")}
          pending={list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
        />
      )}
      <Dialog
        open={open !== null}
        onOpenChange={(shown) => !shown && close()}
        closeLabel={t("close")}
        title={open ? t(`dialog.${open.kind}`) : ""}
      >
        {open?.kind === "restock" && <RestockForm product={open.product} />}
        {open?.kind === "edit" && <ProductForm product={open.product} onSaved={close} />}
        {open?.kind === "create" && <ProductForm onSaved={close} />}
      </Dialog>
    </section>
  );
};

const useColumns = (open: (open: Open) => void) => {
  const t = useTranslations("admin");
  const locale = useLocale();
  return useMemo(
    () => [
      column.accessor("name", {
        header: t("name"),
        cell: ({ row: { original } }) => (
          <span className="flex items-center gap-3 font-medium">
            <Picture src={original.imageUrl} alt="" className="w-11! rounded-lg" />
            {original.name}
          </span>
        ),
      }),
      column.accessor("price", {
        header: t("price"),
        cell: (cell) => formatKrw(cell.getValue(), locale),
      }),
      column.accessor("stock", {
        header: t("stock"),
        cell: (cell) => formatCount(cell.getValue(), locale),
      }),
      column.display({
        id: "actions",
        header: t("actions"),
        cell: ({ row: { original: product } }) => (
          <span className="flex gap-2">
            <Button look="secondary" onClick={() => open({ kind: "edit", product })}>
              {t("edit")}
              <span className="sr-only"> {product.name}</span>
            </Button>
            <Button look="secondary" onClick={() => open({ kind: "restock", product })}>
              {t("restock")}
              <span className="sr-only"> {product.name}</span>
            </Button>
          </span>
        ),
      }),
    ],
    [t, locale, open],
  );
};
