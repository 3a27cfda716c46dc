import { z } from "zod";

/**
 * A moment: ISO 8601 in UTC with milliseconds, always 24 characters (`2026-11-22T09:00:00.000Z`).
 * Because the form is fixed, two instants compare as text: `a < b` is "a is earlier".
 */
export type Instant = string;

/** Brings any instant that `Date` understands into the one comparable form. */
export const toInstant = (date: Date | string | number): Instant => new Date(date).toISOString();

/** An instant in an answer. */
export const instantSchema = z.iso.datetime();

/** An instant from a caller: any offset is understood, UTC with milliseconds comes out. */
export const instantInputSchema = z.iso
  .datetime({ offset: true })
  .transform(toInstant)
  // What four digits can say and PostgreSQL can keep, in UTC: an offset can lead out of it.
  .refine((text) => /^(?!0000)\d{4}-/.test(text), "The year must be between 1 and 9999.");

/** Whether `at` lies in the half-open period [from, until). */
export const isWithin = (at: Instant, from: Instant, until: Instant): boolean =>
  from <= at && at < until;
