import { errorCode } from "./errors.ts";

/** 25P02: an earlier statement has failed, and the transaction does nothing more. */
const isAfterwards = (error: unknown): boolean => errorCode(error) === "25P02";

/**
 * Waits for statements of one transaction that were sent together, one round trip for all. Rejects
 * with the error of the first that failed. `Promise.all` rejects with whichever is *heard* first: when
 * the answers come in one packet that may be a later statement, which only says that something has
 * gone wrong before it, and then a deadlock is not tried again and a timeout is told as a failure.
 */
export const sentTogether = async <T extends readonly unknown[]>(
  statements: readonly [...T],
): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> => {
  // Drizzle's statements are sent by each `then`: one is all that they may get.
  const answers = statements.map((statement) => Promise.resolve(statement));
  try {
    return (await Promise.all(answers)) as never;
  } catch (error) {
    if (!isAfterwards(error)) throw error;
    // The connection lives, so each of them is answered.
    const settled = await Promise.allSettled(answers);
    const causes = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    throw causes.find((cause) => !isAfterwards(cause)) ?? error;
  }
};
