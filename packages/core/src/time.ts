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
  // Year 1 to 9999: what four digits can say and PostgreSQL can keep.
  .refine((text) => !text.startsWith("0000"), "The year must be 1 or later.")
  .transform(toInstant)
  .refine((text) => /^\d{4}-/.test(text), "The year must be between 1 and 9999.");

/** Whether `at` lies in the half-open period [from, until). */
export const isWithin = (at: Instant, from: Instant, until: Instant): boolean =>
  from <= at && at < until;
