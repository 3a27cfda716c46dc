import { cx } from "class-variance-authority";

/** A grey shape where something is on its way; give it the geometry of what comes. */
export const Skeleton = ({ className }: { className?: string }) => (
  <div
    aria-hidden
    data-slot="skeleton"
    className={cx("animate-pulse rounded-xl bg-sunken", className)}
  />
);
