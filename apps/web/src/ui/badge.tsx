import { cva, type VariantProps } from "class-variance-authority";
import type { ReactNode } from "react";

const badge = cva(
  "inline-flex items-center gap-1 rounded-md px-2 py-0.5 text-xs/5 font-semibold whitespace-nowrap",
  {
    variants: {
      tone: {
        plain: "bg-sunken text-ink-soft",
        accent: "bg-accent-wash text-accent-strong",
        good: "bg-good-wash text-good",
        warn: "bg-warn-wash text-warn",
        bad: "bg-bad-wash text-bad",
      },
    },
    defaultVariants: { tone: "plain" },
  },
);

/** A short word on the state of something. */
export const Badge = ({
  tone,
  children,
}: VariantProps<typeof badge> & { children: ReactNode }) => (
  <span data-slot="badge" className={badge({ tone })}>
    {children}
  </span>
);
