import { z } from "zod";
import { cursorSchema } from "./ids.ts";

/** A page is one screen or one request of a program; 100 rows keep it under 64 KB. */
export const pageSizeMax = 100;

/** The fields every list takes. */
export const pageFields = {
  cursor: cursorSchema.optional(),
  limit: z.int().min(1).max(pageSizeMax).default(20),
};

export const pageInputSchema = z.strictObject(pageFields);
export type PageInput = z.output<typeof pageInputSchema>;

/** The form of every list's answer; `nextCursor` is null at the end. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });

export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}
