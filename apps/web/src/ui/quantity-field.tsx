"use client";

import { Minus, Plus } from "lucide-react";
import { useState } from "react";

const step =
  "flex size-11 items-center justify-center text-ink hover:bg-sunken disabled:text-ink-soft disabled:opacity-50";

/**
 * How many, from one to what there is. Written by hand: the library's field weighs 8 kB, and the
 * product page has 180 kB for everything.
 */
export const QuantityField = ({
  label,
  less,
  more,
  value,
  max,
  onChange,
}: {
  label: string;
  less: string;
  more: string;
  value: number;
  max: number;
  onChange: (quantity: number) => void;
}) => {
  // What is being typed, which may be no number for a moment.
  const [typed, setTyped] = useState<string | null>(null);
  const change = (quantity: number) => onChange(Math.max(1, Math.min(quantity, Math.max(1, max))));
  const commit = () => {
    const quantity = Number.parseInt(typed ?? "", 10);
    if (quantity >= 1) change(quantity);
    setTyped(null);
  };
  return (
    <div
      role="group"
      aria-label={label}
      className="inline-flex overflow-hidden rounded-xl border border-edge bg-surface"
    >
      <button
        type="button"
        aria-label={less}
        disabled={value <= 1}
        onClick={() => change(value - 1)}
        className={step}
      >
        <Minus aria-hidden className="size-4" />
      </button>
      <input
        aria-label={label}
        inputMode="numeric"
        autoComplete="off"
        value={typed ?? value}
        onChange={(event) => setTyped(event.target.value.replace(/\D/g, "").slice(0, 4))}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
        className="figures w-14 bg-transparent text-center text-base font-semibold text-ink"
      />
      <button
        type="button"
        aria-label={more}
        disabled={value >= max}
        onClick={() => change(value + 1)}
        className={step}
      >
        <Plus aria-hidden className="size-4" />
      </button>
    </div>
  );
};
