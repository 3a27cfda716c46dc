import type { IncomingMessage } from "node:http";

/** The largest order (50 items) is 6 KB; ten times that is generous. */
export const bodySizeMax = 64 * 1024;

/** The whole body as text, or that it is too large; the rest of a large one is not kept. */
export const readBody = async (request: IncomingMessage): Promise<string | "too large"> => {
  if (Number(request.headers["content-length"] ?? 0) > bodySizeMax) {
    request.resume();
    return "too large";
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodySizeMax) return "too large";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};
