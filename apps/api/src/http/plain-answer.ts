import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Body } from "../trpc/shared-answer.ts";
import { sameHeaders } from "./answer.ts";

/** An answer as bytes are written, without Node's HTTP server. */
export interface PlainAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly body: Body;
  /** Beside those that are the same in every answer; a flat list. */
  readonly headers: readonly string[] | undefined;
  /** What becomes of the connection: the lines that say so. */
  readonly connection: string;
}

/** The connection is kept for so long (ms) when nothing more is asked. */
export const keepAliveLines = (ms: number): string =>
  linesOf(["Connection", "keep-alive", "Keep-Alive", `timeout=${Math.floor(ms / 1_000)}`]);

export const closeLines = "Connection: close\r\n";

/** Writes head and body in one piece. */
export const writePlainAnswer = (
  socket: Socket,
  { status, requestId, body: { text, byteLength }, headers, connection }: PlainAnswer,
): void => {
  const own = `x-request-id: ${requestId}\r\ncontent-length: ${byteLength}\r\n${headers ? linesOf(headers) : ""}`;
  const answer = `${beginOf(status)}${own}Date: ${httpDate()}\r\n${connection}\r\n${text}`;
  // As many bytes as characters: ASCII, or one character a byte already.
  socket.write(answer, byteLength === text.length ? "latin1" : "utf8");
};

const linesOf = (headers: readonly string[]): string => {
  let lines = "";
  for (let at = 0; at < headers.length; at += 2) lines += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return lines;
};

const sameLines = linesOf(sameHeaders);
const begins = new Map<number, string>();

/** Status line and the headers that do not change. */
const beginOf = (status: number): string => {
  let begin = begins.get(status);
  if (begin === undefined) begins.set(status, (begin = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${sameLines}`));
  return begin;
};

let second = 0;
let date = "";

/** The `Date` of an answer, written once a second. */
const httpDate = (): string => {
  const now = Math.floor(Date.now() / 1_000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1_000).toUTCString();
  }
  return date;
};
