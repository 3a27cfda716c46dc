import Link from "next/link";

/** The name of the shop: "우르르" is the Korean word for the sound of everybody coming at once. */
export const Brand = ({ label }: { label: string }) => (
  <Link href="/" aria-label={label} className="flex min-h-11 items-center gap-2 rounded-xl pr-2">
    <svg aria-hidden viewBox="0 0 40 40" className="size-8">
      <rect width="40" height="40" rx="11" className="fill-accent" />
      <g className="fill-on-accent">
        <circle cx="11" cy="27" r="4" />
        <circle cx="20.5" cy="20.5" r="4.6" />
        <circle cx="30" cy="13" r="5.2" />
        <circle cx="23" cy="30.5" r="2.4" opacity="0.7" />
        <circle cx="12.5" cy="16" r="2.4" opacity="0.7" />
      </g>
    </svg>
    <span className="text-xl font-extrabold tracking-tight">{label}</span>
  </Link>
);
