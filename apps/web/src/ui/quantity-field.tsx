"use client";

import { NumberField } from "@base-ui/react/number-field";
import { Minus, Plus } from "lucide-react";

const step =
  "flex size-11 items-center justify-center text-ink hover:bg-sunken disabled:text-ink-soft disabled:opacity-50";

/** How many, from one to what there is. */
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
}) => (
  <NumberField.Root
    value={value}
    min={1}
    max={Math.max(1, max)}
    onValueChange={(quantity) => quantity !== null && onChange(quantity)}
  >
    <NumberField.Group className="inline-flex overflow-hidden rounded-xl border border-edge bg-surface">
      <NumberField.Decrement aria-label={less} className={step}>
        <Minus aria-hidden className="size-4" />
      </NumberField.Decrement>
      <NumberField.Input
        aria-label={label}
        className="figures w-14 bg-transparent text-center text-base font-semibold text-ink"
      />
      <NumberField.Increment aria-label={more} className={step}>
        <Plus aria-hidden className="size-4" />
      </NumberField.Increment>
    </NumberField.Group>
  </NumberField.Root>
);
