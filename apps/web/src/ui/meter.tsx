"use client";

import { Meter as BaseMeter } from "@base-ui/react/meter";

/** How much of something is left. */
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
  <BaseMeter.Root value={value} max={max} aria-label={label} getAriaValueText={() => text}>
    <BaseMeter.Track
      className={`block h-2 w-full overflow-hidden rounded-full ${onNight ? "bg-on-night/20" : "bg-sunken"}`}
    >
      <BaseMeter.Indicator
        className={`block h-full rounded-full transition-[width] duration-500 ${onNight ? "bg-night-accent" : "bg-accent"}`}
      />
    </BaseMeter.Track>
  </BaseMeter.Root>
);
