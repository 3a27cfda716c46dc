import { STATUS_CODES, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Limits } from "../limits.ts";
import { sameHeaders, type Asked, type Send } from "./answer.ts";
import { readPlainRequest, type PlainRequest } from "./plain-request.ts";

/*
 * Connections are read by us as long as what comes on them is plain, and from the first other thing on by
 * Node's HTTP server, which then finds it unread. Node makes some twenty objects of a request and its
 * answer, most of which live until the answer is out: in a storm, when all there is to say is "come again",
 * they and the collecting of them were three quarters of what a refusal cost.
 */

/** A plain request, and how it is answered. */
export interface PlainExchange {
  readonly request: Asked & PlainRequest;
  readonly send: Send;
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean;
}

export interface PlainConnectionsOptions {
  readonly limits: Limits;
  /** Takes on a request and calls its `send` once, now or later; `false`, and it is Node's. */
  readonly take: (exchange: PlainExchange) => boolean;
}

export interface PlainConnections {
  /** Lets go of each connection, those on which an answer is owed after it. */
  close(): void;
}

/** Reads what comes to `server` before it does. */
export const readPlainConnections = (
  server: Server,
  { limits, take }: PlainConnectionsOptions,
): PlainConnections => {
  const nodes = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  const open = new Set<Connection>();
  let isClosing = false;

  server.on("connection", (socket: Socket) => {
    let hasAsked = false;
    let owesAnswer = false;
    /** What came before the answer was out. */
    let early: Buffer | undefined;

    const handOver = (bytes?: Buffer) => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
      socket.setTimeout(0);
      open.delete(connection);
      // Paused, so that what is put back is kept for the listeners that come now.
      socket.pause();
      if (bytes) socket.unshift(bytes);
      for (const listener of nodes) listener.call(server, socket);
      socket.resume();
    };
    const isGone = () => !socket.writable;
    const answered = () => {
      owesAnswer = false;
      if (early) handOver(early);
      else if (isClosing) socket.end();
    };
    const send: Send = (status, requestId, body, headers) => {
      if (isGone()) return;
      const head = headOf(status, requestId, body.byteLength, headers, isClosing ? lastTail : tail);
      // As many bytes as characters: ASCII, or bytes already.
      if (body.byteLength === body.text.length) socket.write(head + body.text, "latin1");
      else socket.write(head + body.text, "utf8");
      answered();
    };
    const listeners = {
      data(bytes: Buffer) {
        if (owesAnswer) {
          early = early ? Buffer.concat([early, bytes]) : bytes;
          socket.pause();
          return;
        }
        // Who does not take the answers gets no more of them from here.
        const plain = socket.writableLength > 0 ? undefined : readPlainRequest(bytes, limits);
        if (!plain) return handOver(bytes);
        if (!hasAsked) socket.setTimeout(limits.keepAliveMs);
        hasAsked = true;
        owesAnswer = true;
        if (take({ request: { ...plain, socket }, send, isGone })) return;
        owesAnswer = false;
        handOver(bytes);
      },
      // Who hangs up waits no more, as Node sees it too.
      end() {
        socket.end();
      },
      timeout() {
        if (!hasAsked) handOver();
        else if (!owesAnswer) socket.destroy();
      },
      close() {
        open.delete(connection);
      },
      // Closed by the other side in the middle of something; `close` follows.
      error() {},
    };
    const connection: Connection = {
      close() {
        if (!owesAnswer) socket.destroy();
      },
    };
    open.add(connection);
    socket.setTimeout(silentMsMax);
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  });

  const keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(limits.keepAliveMs / 1_000)}\r\n\r\n`;
  const tail = () => `Date: ${httpDate()}\r\n${keepAlive}`;
  const lastTail = () => `Date: ${httpDate()}\r\nConnection: close\r\n\r\n`;
  return {
    close() {
      isClosing = true;
      for (const connection of open) connection.close();
    },
  };
};

/** Who has connected and says nothing for so long (ms) is Node's to wait for: it cuts them after 8 s more. */
const silentMsMax = 2_000;

interface Connection {
  close(): void;
}

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

const headOf = (
  status: number,
  requestId: string,
  byteLength: number,
  headers: readonly string[] | undefined,
  tail: () => string,
): string => {
  const own = headers ? linesOf(headers) : "";
  return `${beginOf(status)}x-request-id: ${requestId}\r\ncontent-length: ${byteLength}\r\n${own}${tail()}`;
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
