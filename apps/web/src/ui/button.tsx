import { cva, type VariantProps } from "class-variance-authority";
import Link from "next/link";
import type { ComponentProps } from "react";
import { Spinner } from "./spinner";

const button = cva(
  "inline-flex items-center justify-center gap-2 rounded-xl font-semibold transition select-none not-disabled:active:scale-[0.985] disabled:cursor-not-allowed aria-disabled:cursor-not-allowed",
  {
    variants: {
      look: {
        primary:
          "bg-accent text-on-accent hover:bg-accent-strong disabled:bg-sunken disabled:text-ink-soft",
        secondary:
          "bg-surface text-ink border border-edge hover:bg-sunken disabled:bg-sunken disabled:text-ink-soft disabled:border-line",
        quiet: "text-ink hover:bg-sunken disabled:text-ink-soft",
      },
      size: {
        medium: "min-h-11 px-4 text-[0.9375rem]",
        large: "min-h-14 px-6 text-[1.0625rem]",
        icon: "size-11",
      },
      wide: { true: "w-full", false: "" },
    },
    defaultVariants: { look: "primary", size: "medium", wide: false },
  },
);

type Look = VariantProps<typeof button>;

/** A button. While `pending` it keeps its width, says it is busy and takes no second press. */
export const Button = ({
  look,
  size,
  wide,
  pending = false,
  disabled,
  className,
  children,
  ...rest
}: ComponentProps<"button"> & Look & { pending?: boolean }) => (
  <button
    type="button"
    data-slot="button"
    disabled={disabled || pending}
    aria-busy={pending || undefined}
    className={button({ look, size, wide, className })}
    {...rest}
  >
    {pending && <Spinner />}
    {children}
  </button>
);

/** A link that looks like a button. */
export const ButtonLink = ({
  look,
  size,
  wide,
  className,
  ...rest
}: ComponentProps<typeof Link> & Look) => (
  <Link data-slot="button" className={button({ look, size, wide, className })} {...rest} />
);
