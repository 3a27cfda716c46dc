/** What `readBody` says of a body that is no good. */
export type BadBody = "too large" | "too slow";

/** Bytes that are read and dropped after the limit: a browser hears no answer before it has sent all. */
const droppedBytesMax = 16 * 1_048_576;
/** Milliseconds for the whole body, as the API gives. */
const bodyMsMax = 8_000;

/** The whole body, or what is wrong with it; `complete` when there is nothing left to read. */
export const readBody = async (
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<{ readonly body: Uint8Array<ArrayBuffer> | BadBody; readonly complete: boolean }> => {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), bodyMsMax);
  });
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), late]);
      if (read === "late") return { body: size > bytesMax ? "too large" : "too slow", complete: false };
      if (read.done) return { body: size > bytesMax ? "too large" : joined(chunks, size), complete: true };
      size += read.value.length;
      if (size <= bytesMax) chunks.push(read.value);
      else chunks.length = 0;
      if (size > bytesMax + droppedBytesMax) return { body: "too large", complete: false };
    }
  } finally {
    clearTimeout(timer);
  }
};

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
};
