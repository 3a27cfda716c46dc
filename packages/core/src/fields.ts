import { z } from "zod";
import { toInstant } from "./time.ts";

/*
 * The schemas of fields that many inputs and answers share. Kept apart from the values and rules they
 * describe, so that the browser can price a cart without loading zod (31 kB compressed).
 */

/** An amount in an answer: whole KRW, never negative. */
export const krwSchema = z.int().nonnegative();

/** An instant in an answer. */
export const instantSchema = z.iso.datetime();

/** An instant from a caller: any offset is understood, UTC with milliseconds comes out. */
export const instantInputSchema = z.iso
  .datetime({ offset: true })
  .transform(toInstant)
  // What four digits can say and PostgreSQL can keep, in UTC: an offset can lead out of it.
  .refine((text) => /^(?!0000)\d{4}-/.test(text), "The year must be between 1 and 9999.");
