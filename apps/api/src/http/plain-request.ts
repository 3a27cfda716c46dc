import type { IncomingHttpHeaders } from "node:http";

/** A request as `readPlainRequest` understands it. */
export interface PlainRequest {
  readonly method: "GET" | "POST";
  /** Path and search, as they were sent. */
  readonly url: string;
  /** By name in lower case; no name twice. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PlainRequestLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly headers: number;
}

const requestLine = /^(GET|POST) (\/trpc\/[!-~]*) HTTP\/1\.1$/;
/** A name and a value without space at its ends; letters of other languages are not plain. */
const headerLine = /^([A-Za-z0-9-]+): ?([!-~](?:[ -~]*[!-~])?)$/;

/** Headers that change how a message is read or what becomes of its connection: no business of ours. */
const notPlain = ["transfer-encoding", "expect", "upgrade", "trailer", "proxy-connection"];

/**
 * Reads a request of tRPC's that is as plain as nearly all are: HTTP/1.1, whole, by itself and in one piece,
 * every line ended by CRLF, its length said if it has a body, no header twice. `undefined` for everything
 * else, be it right or wrong: to tell the two apart is Node's business. What is read here Node reads the same.
 */
export const readPlainRequest = (bytes: Buffer, limits: PlainRequestLimits): PlainRequest | undefined => {
  if (bytes.length > limits.headerBytes + limits.bodyBytes) return undefined;
  const headEnd = bytes.indexOf("\r\n\r\n", 0, "latin1");
  if (headEnd < 0 || headEnd > limits.headerBytes) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const line = requestLine.exec(first);
  if (!line || lines.length > limits.headers) return undefined;
  const headers = headersIn(lines);
  if (!headers?.host) return undefined;

  const bodyStart = headEnd + 4;
  const method = line[1] as PlainRequest["method"];
  const length = headers["content-length"];
  if (method === "GET" ? length !== undefined : !/^\d{1,7}$/.test(length ?? "")) return undefined;
  const bodyBytes = Number(length ?? 0);
  if (bodyBytes > limits.bodyBytes || bytes.length !== bodyStart + bodyBytes) return undefined;
  return { method, url: line[2]!, headers, body: bytes.toString("utf8", bodyStart) };
};

const headersIn = (lines: readonly string[]): IncomingHttpHeaders | undefined => {
  const headers: IncomingHttpHeaders = {};
  for (const line of lines) {
    const parts = headerLine.exec(line);
    if (!parts) return undefined;
    const name = parts[1]!.toLowerCase();
    if (Object.hasOwn(headers, name)) return undefined;
    headers[name] = parts[2]!;
  }
  const staysOpen = headers.connection === undefined || headers.connection.toLowerCase() === "keep-alive";
  return staysOpen && !notPlain.some((name) => name in headers) ? headers : undefined;
};
