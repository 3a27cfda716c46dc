import { connect } from "node:net";

/**
 * One keep-alive connection with one request under way, written on the bare socket: the generator
 * shares two cores with what it measures, and costs a tenth of `fetch` this way.
 */
export interface HttpClient {
  /** Sends the bytes of a request; `onAnswer` hears the status and the body, in one piece. */
  send(request: string, onAnswer: OnAnswer): void;
  close(): void;
}

export type OnAnswer = (status: number, body: string) => void;

/** Connects; `onBroken` hears of a connection that ends while an answer is awaited. */
export const openHttpClient = (
  port: number,
  onBroken: (error: Error) => void,
): Promise<HttpClient> =>
  new Promise((resolve, reject) => {
    let received = "";
    let waiter: OnAnswer | undefined;
    const socket = connect({
      ...{ port, host: "127.0.0.1", noDelay: true },
      onread: {
        buffer: sharedBuffer,
        callback(length) {
          // latin1 keeps one character a byte, so that lengths are lengths.
          received += sharedBuffer.toString("latin1", 0, length);
          const bodyStart = bodyStartIn(received);
          if (bodyStart < 0) return true;
          const text = received;
          const answered = waiter;
          received = "";
          waiter = undefined;
          answered?.(Number(text.slice(9, 12)), text.slice(bodyStart));
          return true;
        },
      },
    });
    const fail = (error = new Error("A connection was closed that is still needed.")) => {
      reject(error);
      if (waiter) onBroken(error);
      waiter = undefined;
    };
    socket.on("error", fail);
    socket.on("close", () => fail());
    socket.once("connect", () =>
      resolve({
        send(request, onAnswer) {
          waiter = onAnswer;
          // An answer would be waited for until the end of days.
          if (socket.destroyed) return fail();
          socket.write(request, "latin1");
        },
        close() {
          waiter = undefined;
          socket.destroy();
        },
      }),
    );
  });

/** All sockets read into the same memory: what was read is taken out before the next one reads. */
const sharedBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Where the body begins, once all of the answer is there; -1 until then. */
const bodyStartIn = (text: string): number => {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return -1;
  const start = head + 4;
  const length = lengthIn(text, head);
  if (length >= 0) return text.length - start >= length ? start : -1;
  // In chunks, as tRPC's own adapter sends it.
  return text.endsWith("0\r\n\r\n") ? start : -1;
};

const lengthIn = (text: string, head: number): number => {
  const lower = text.indexOf("content-length: ");
  const at = lower >= 0 ? lower : text.indexOf("Content-Length: ");
  return at >= 0 && at < head ? Number.parseInt(text.slice(at + 16, at + 26), 10) : -1;
};

/** The bytes of one tRPC call; tokens and inputs of the bench are ASCII. */
export const mutation = (path: string, token: string, input: object): string =>
  post(path, token, JSON.stringify(input));

/** The same with an input that is JSON already. */
export const post = (path: string, token: string, body: string): string =>
  `POST /trpc/${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

export const query = (path: string, input?: object, token?: string): string => {
  const search = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const authorization = token === undefined ? "" : `Authorization: Bearer ${token}\r\n`;
  return `GET /trpc/${path}${search} HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n`;
};
