"use client";

import { useLocale, useTranslations } from "next-intl";
import type { CommandState } from "@/commands/run";
import { formatCount, formatKrw } from "@/lib/format";
import { Picture } from "@/ui/picture";
import type { CartLine } from "../cart/use-lines";

/** What is about to be bought; a line that the shop cannot fill says so itself. */
export const CheckoutLines = ({ lines, state }: { lines: CartLine[]; state: CommandState }) => {
  const t = useTranslations("checkout");
  const refused = state.phase === "refused" ? (state.refusal.details?.lines ?? []) : [];
  const refusedById = new Map(refused.map((line) => [line.productId, line.available]));
  return (
    <section aria-labelledby="lines">
      <h2 id="lines" className="text-xl font-bold">
        {t("lines")}
      </h2>
      <ul className="mt-3 divide-y divide-line border-y border-line">
        {lines.map((line) => (
          <Line
            key={line.productId}
            line={line}
            available={Math.min(line.available, refusedById.get(line.productId) ?? Infinity)}
          />
        ))}
      </ul>
    </section>
  );
};

const Line = ({ line, available }: { line: CartLine; available: number }) => {
  const t = useTranslations("checkout");
  const locale = useLocale();
  const { name, unitPrice, quantity, imageUrl } = line;
  return (
    <li className="flex items-center gap-4 py-4">
      <Picture src={imageUrl} alt="" className="w-16! shrink-0 rounded-xl" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{name}</p>
        <p className="figures text-sm text-ink-soft">
          {formatKrw(unitPrice, locale)} × {formatCount(quantity, locale)}
        </p>
        {quantity > available && (
          <p role="alert" className="mt-1 text-sm font-medium text-bad">
            {available === 0
              ? t("lineSoldOut")
              : t("lineShort", { available: formatCount(available, locale) })}
          </p>
        )}
      </div>
      <p className="figures font-bold">{formatKrw(unitPrice * quantity, locale)}</p>
    </li>
  );
};
