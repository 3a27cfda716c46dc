/**
 * How much of something is left. The platform's role and nothing else: a library's meter is 4 kB on
 * the page a stranger lands on.
 */
export const Meter = ({
  label,
  value,
  max,
  text,
  onNight = false,
}: {
  label: string;
  value: number;
  max: number;
  text: string;
  onNight?: boolean;
}) => (
  <div
    role="meter"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={max}
    aria-valuenow={value}
    aria-valuetext={text}
    className={`h-2 w-full overflow-hidden rounded-full ${onNight ? "bg-on-night/20" : "bg-sunken"}`}
  >
    <div
      className={`h-full rounded-full transition-[width] duration-500 ${onNight ? "bg-night-accent" : "bg-accent"}`}
      style={{ width: `${(100 * value) / max}%` }}
    />
  </div>
);
