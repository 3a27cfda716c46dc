"use client";

import { Minus, Plus } from "lucide-react";
import { useState } from "react";

const step =
  "flex size-11 items-center justify-center text-ink hover:bg-sunken active:bg-line disabled:text-ink-soft disabled:opacity-50";

/**
 * How many, from one to what there is: the platform's own number field with a button on either
 * side. The library's weighs 8 kB on a page that has 180 kB for everything.
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
  // What is being typed, which may be no quantity for a moment.
  const [typed, setTyped] = useState<string | null>(null);
  const change = (quantity: number) => onChange(Math.max(1, Math.min(quantity, Math.max(1, max))));
  const type = (text: string) => {
    setTyped(text);
    const quantity = Number(text);
    if (Number.isInteger(quantity) && quantity >= 1) change(quantity);
  };
  return (
    <div
      role="group"
      aria-label={label}
      className="inline-flex overflow-hidden rounded-xl border border-edge bg-surface has-[input:focus-visible]:outline-3 has-[input:focus-visible]:outline-offset-2 has-[input:focus-visible]:outline-accent"
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
        type="number"
        aria-label={label}
        inputMode="numeric"
        autoComplete="off"
        min={1}
        max={Math.max(1, max)}
        step={1}
        value={typed ?? value}
        onChange={(event) => type(event.target.value)}
        // Leaving it shows what it came to: the most there is, or what it was.
        onBlur={() => setTyped(null)}
        className="figures w-12 appearance-textfield bg-transparent text-center text-base font-semibold text-ink outline-none"
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
