import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Limits } from "../limits.ts";
import type { Asked, Send } from "./answer.ts";
import { closeLines, keepAliveLines, writePlainAnswer } from "./plain-answer.ts";
import { readPlainRequest, type PlainRequest } from "./plain-request.ts";

/*
 * Connections are read by us as long as what comes on them is plain, and from the first other thing on by
 * Node's HTTP server, which then finds it unread. With 9,000 connections Node needs 18 to 24 µs to refuse a
 * request, a bare socket 10, and most of what Node makes for it lives until the answer is out.
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

/** Who has connected and says nothing for so long (ms) is Node's to wait for: it cuts them after 8 s more. */
const silentMsMax = 2_000;

/** Reads what comes to `server` before it does. */
export const readPlainConnections = (server: Server, options: PlainConnectionsOptions): PlainConnections => {
  // Node's own listener, which takes a socket; its type is that of any listener.
  const nodes = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  const open = new Set<PlainConnection>();
  let isClosing = false;
  server.on("connection", (socket: Socket) => {
    const connection = readPlainConnection(socket, {
      ...options,
      isClosing: () => isClosing,
      toNode: () => {
        for (const listener of nodes) listener.call(server, socket);
      },
      onLeft: () => open.delete(connection),
    });
    open.add(connection);
  });
  return {
    close() {
      isClosing = true;
      for (const { closeIfIdle } of open) closeIfIdle();
    },
  };
};

interface PlainConnection {
  closeIfIdle(): void;
}

interface PlainConnectionOptions extends PlainConnectionsOptions {
  readonly isClosing: () => boolean;
  /** Gives the socket to Node. */
  readonly toNode: () => void;
  /** It is closed, or Node's. */
  readonly onLeft: () => void;
}

const readPlainConnection = (
  socket: Socket,
  { limits, take, isClosing, toNode, onLeft }: PlainConnectionOptions,
): PlainConnection => {
  const keepAlive = keepAliveLines(limits.keepAliveMs);
  let hasAsked = false;
  let owesAnswer = false;
  /** What came before the answer was out. */
  let early: Buffer | undefined;

  const handOver = (bytes?: Buffer) => {
    for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    socket.setTimeout(0);
    onLeft();
    // Paused: what is put back is for the listeners that come now.
    socket.pause();
    if (bytes) socket.unshift(bytes);
    toNode();
    socket.resume();
  };
  const isGone = () => !socket.writable;
  const send: Send = (status, requestId, body, headers) => {
    if (isGone()) return;
    const isLast = isClosing();
    writePlainAnswer(socket, { status, requestId, body, headers, connection: isLast ? closeLines : keepAlive });
    owesAnswer = false;
    if (early) handOver(early);
    else if (isLast) socket.end();
  };
  const listeners = {
    data(bytes: Buffer) {
      if (owesAnswer) {
        early = bytes;
        // What comes after it stays with the socket.
        socket.pause();
        return;
      }
      // Who does not take the answers gets no more of them from here.
      const plain = socket.writableLength > 0 ? undefined : readPlainRequest(bytes, limits);
      if (!plain) return handOver(bytes);
      if (!hasAsked) socket.setTimeout(limits.keepAliveMs);
      hasAsked = true;
      owesAnswer = true;
      if (take({ request: { socket, ...plain }, send, isGone })) return;
      owesAnswer = false;
      handOver(bytes);
    },
    // Who hangs up waits no more, as Node sees it too.
    end: () => void socket.end(),
    timeout() {
      if (!hasAsked) handOver();
      else closeIfIdle();
    },
    close: onLeft,
    // Closed by the other side in the middle of something; `close` follows.
    error() {},
  };
  const closeIfIdle = () => {
    if (!owesAnswer) socket.destroy();
  };

  socket.setTimeout(silentMsMax);
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  return { closeIfIdle };
};
