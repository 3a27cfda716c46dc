import { z } from "zod";

// PostgreSQL stores no NUL, and a lone half of a surrogate pair is no character at all.
// oxlint-disable-next-line no-control-regex -- NUL is exactly what is looked for
const unstorable = /\u0000|\p{Surrogate}/u;

/** Text from a caller that can be stored and shown as it is: 0 to `max` characters. */
export const textSchema = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !unstorable.test(text), "Text must not contain NUL or broken characters.");
