interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The pages of a list from its first to its last, read as a program would. */
export async function walkPages<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<(readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    pages.push(page.items);
    if (page.nextCursor === null) return pages;
    cursor = page.nextCursor;
  }
}
