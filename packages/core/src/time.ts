/**
 * A moment: ISO 8601 in UTC with milliseconds, always 24 characters (`2026-11-22T09:00:00.000Z`).
 * Because the form is fixed, two instants compare as text: `a < b` is "a is earlier".
 */
export type Instant = string;

/** Brings any instant that `Date` understands into the one comparable form. */
export const toInstant = (date: Date | string | number): Instant => new Date(date).toISOString();

/** Whether `at` lies in the half-open period [from, until). */
export const isWithin = (at: Instant, from: Instant, until: Instant): boolean =>
  from <= at && at < until;
