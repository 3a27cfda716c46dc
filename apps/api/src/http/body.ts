import type { IncomingMessage } from "node:http";

/** What `readBody` answers for a body over the limit. */
export const tooLarge = Symbol("too large");

/**
 * The whole body as text, or that it is too large. What comes after the limit is read and dropped,
 * so that the client, still sending, can hear the answer; the server's request timeout bounds it.
 */
export const readBody = (
  request: IncomingMessage,
  bytesMax: number,
): Promise<string | typeof tooLarge> =>
  new Promise((resolve, reject) => {
    // Who says beforehand that it will be too large is answered before it comes.
    if (Number(request.headers["content-length"]) > bytesMax) resolve(tooLarge);
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve(tooLarge);
      }
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]!.toString() : Buffer.concat(chunks).toString()));
    request.on("error", reject);
  });
