import type { ReactNode } from "react";

/** Nothing here yet: what this place is for, and what to do about it. */
export const Empty = ({
  title,
  hint,
  children,
}: {
  title: string;
  hint?: string;
  children?: ReactNode;
}) => (
  <div data-slot="empty" className="flex flex-col items-center gap-2 px-4 py-14 text-center">
    <EmptyCrate />
    <p className="mt-3 text-lg font-semibold">{title}</p>
    {hint && <p className="max-w-sm text-ink-soft">{hint}</p>}
    {children && <div className="mt-4 flex flex-wrap justify-center gap-2">{children}</div>}
  </div>
);

const EmptyCrate = () => (
  <svg aria-hidden viewBox="0 0 120 92" className="w-28 text-line" fill="none">
    <path d="M14 40h92l-8 44a6 6 0 0 1-6 5H28a6 6 0 0 1-6-5L14 40Z" fill="currentColor" />
    <path d="M8 30h104v14H8z" className="fill-edge" opacity="0.55" />
    <path d="M44 62h32" className="stroke-paper" strokeWidth="6" strokeLinecap="round" />
    <path d="M60 20V6M40 22l-7-11M80 22l7-11" className="stroke-accent" strokeWidth="4" strokeLinecap="round" />
  </svg>
);
