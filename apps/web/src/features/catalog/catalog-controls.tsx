"use client";

import type { ProductSort } from "@stampede/core/product/schema";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useTransition } from "react";
import { inputLook } from "@/ui/field";
import { Spinner } from "@/ui/spinner";

// Long enough that a word is typed, short enough that the answer feels immediate.
const typingPauseMs = 250;

const sorts = ["newest", "priceAsc", "priceDesc"] as const satisfies readonly ProductSort[];

/** Search and sort. The address holds both, so a search can be shared and works before scripts do. */
export const CatalogControls = ({ query, sort }: { query: string; sort: ProductSort }) => {
  const t = useTranslations("home");
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [pending, startTransition] = useTransition();

  const show = () => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const fields = new FormData(form.current);
    const textOf = (name: string) => {
      const value = fields.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    const search = new URLSearchParams();
    if (textOf("q")) search.set("q", textOf("q"));
    if (textOf("sort") !== "newest") search.set("sort", textOf("sort"));
    startTransition(() => router.replace(`/${search.size ? `?${search}` : ""}`, { scroll: false }));
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <form
      ref={form}
      action="/"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        show();
      }}
      className="mt-5 flex flex-wrap gap-3"
    >
      <div className="relative min-w-56 flex-1">
        <span className="absolute inset-y-0 left-3.5 flex items-center text-ink-soft">
          {pending ? <Spinner /> : <Search aria-hidden className="size-4.5" />}
        </span>
        <input
          name="q"
          type="search"
          maxLength={100}
          defaultValue={query}
          aria-label={t("search")}
          placeholder={t("searchPlaceholder")}
          onChange={() => {
            clearTimeout(timer.current);
            timer.current = setTimeout(show, typingPauseMs);
          }}
          className={`${inputLook} pl-10`}
        />
      </div>
      <select
        name="sort"
        defaultValue={sort}
        aria-label={t("sort")}
        onChange={show}
        className={`${inputLook} w-auto! font-medium`}
      >
        {sorts.map((each) => (
          <option key={each} value={each}>
            {t(`sorts.${each}`)}
          </option>
        ))}
      </select>
    </form>
  );
};
