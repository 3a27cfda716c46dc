import { encodeCursor, type Cursor } from "@stampede/core/ids";
import type { Page } from "@stampede/core/page";

/**
 * Cuts rows that were read with `limit + 1` into a page; the one too many only says that there is
 * more. `cursorOf` names where a row stands in the list's order.
 */
export const toPage = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => Cursor,
): Page<Item> => {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items: kept.map(toItem),
    nextCursor: hasMore ? encodeCursor(cursorOf(last)) : null,
  };
};
