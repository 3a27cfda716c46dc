interface Closable {
  close(): Promise<void>;
}

/** Waits for something that opens and sees to it that it is closed. */
export type Own = <Opened extends Closable>(opening: Promise<Opened>) => Promise<Opened>;

/** Does work that opens things; all of them are closed at its end, however it ends, the last first. */
export const owning = async (work: (own: Own) => Promise<void>): Promise<void> => {
  const owned: Closable[] = [];
  try {
    await work(async (opening) => {
      const opened = await opening;
      owned.push(opened);
      return opened;
    });
  } finally {
    for (const each of owned.reverse()) await each.close();
  }
};
