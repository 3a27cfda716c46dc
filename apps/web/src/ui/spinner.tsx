/** Something is under way. Decoration: the control itself says it in words. */
export const Spinner = () => (
  <svg aria-hidden viewBox="0 0 24 24" className="size-4 animate-spin" fill="none">
    <circle cx="12" cy="12" r="9" stroke="currentColor" strokeWidth="3" opacity="0.25" />
    <path d="M21 12a9 9 0 0 0-9-9" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />
  </svg>
);
