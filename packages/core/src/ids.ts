import { z } from "zod";

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const idPattern = new RegExp(`^${uuid}$`);

/**
 * An id as a caller sends it. Ids are opaque, so any short text is well-formed input;
 * a text that is no id of ours simply names nothing and is refused as "not found".
 */
export const idInputSchema = z.string().min(1).max(128);

/** An id in an answer. */
export const idSchema = z.string();

/** Whether the text can be an id of ours at all. What is not never reaches the database. */
export const isId = (text: string): boolean => idPattern.test(text);

/** One key is one intention ("this click"), chosen by the caller before the first send. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,128}$/, "8 to 128 characters of A-Z, a-z, 0-9, _ and -.");

/** Where a page ends: the sort position of its last row, and that row's id for ties. */
export interface Cursor {
  readonly position: number;
  readonly id: string;
}

const cursorPattern = new RegExp(`^(\\d{1,15})_(${uuid})$`);

export const encodeCursor = ({ position, id }: Cursor): string => `${position}_${id}`;

/** Reads a cursor that has passed `cursorSchema`; throws on anything else. */
export const decodeCursor = (text: string): Cursor => {
  const match = cursorPattern.exec(text);
  if (!match?.[1] || !match[2]) throw new Error(`not a cursor: ${text}`);
  return { position: Number(match[1]), id: match[2] };
};

// The end of the year 9999. A position is a moment, a price or a count; PostgreSQL reads no later
// moment in the form of an `Instant`.
const positionMax = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export const cursorSchema = z
  .string()
  .refine(
    (text) => Number(cursorPattern.exec(text)?.[1]) <= positionMax,
    "Not a cursor that this shop has given out.",
  );
