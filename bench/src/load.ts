import { openHttpClient, query, type HttpClient } from "./http-client.ts";

/** Makes the bytes of the n-th request. */
export type RequestOf = (operation: number) => string;

/** A name for what was answered: `OK`, or a refusal's reason. */
export const outcomeOf = (status: number, body: string): string => {
  if (status === 200) return "OK";
  // Of thousands a second, without a regular expression.
  const at = body.indexOf(reasonField);
  if (at < 0) return `HTTP ${status}`;
  const start = at + reasonField.length;
  return body.slice(start, body.indexOf('"', start));
};

const reasonField = '"reason":"';

/** Connections that are open, and a promise that rejects when one of them breaks. */
export interface Clients {
  readonly all: readonly HttpClient[];
  readonly broken: Promise<never>;
  close(): void;
}

/**
 * Connects so many and has each ask something small, as a page that is open has: a server may close
 * a connection that never asks anything.
 */
export const openClients = async (port: number, count: number): Promise<Clients> => {
  let onBroken: (error: Error) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => (onBroken = reject));
  // Whoever uses the clients races against it; when nobody does, nobody minds.
  broken.catch(() => {});
  const all: HttpClient[] = [];
  // A few hundred at a time: the line of connections to be accepted is finite.
  while (all.length < count) {
    const some = Array.from({ length: Math.min(500, count - all.length) }, async () => {
      const client = await openHttpClient(port, onBroken);
      await new Promise<void>((resolve) => client.send(smallRequest, () => resolve()));
      return client;
    });
    all.push(...(await Promise.race([Promise.all(some), broken])));
  }
  return {
    all,
    broken,
    close: () => {
      for (const client of all) client.close();
    },
  };
};

const smallRequest = query("shop.clock");

export interface Load {
  readonly seconds: number;
  /** Answers by what they were. */
  readonly tally: Readonly<Record<string, number>>;
}

/** Closed loop: all clients are kept busy for so many ms; each sends, waits, and sends again. */
export const keepBusy = (clients: Clients, ms: number, requestOf: RequestOf): Promise<Load> => {
  const tally: Record<string, number> = {};
  let operation = 0;
  let busy = clients.all.length;
  const startedAt = performance.now();
  const done = new Promise<Load>((resolve) => {
    const next = (client: HttpClient) => {
      if (performance.now() - startedAt < ms) {
        client.send(requestOf(operation++), (status, body) => {
          const outcome = outcomeOf(status, body);
          tally[outcome] = (tally[outcome] ?? 0) + 1;
          next(client);
        });
      } else if (--busy === 0) resolve({ seconds: (performance.now() - startedAt) / 1_000, tally });
    };
    for (const client of clients.all) next(client);
  });
  return Promise.race([done, clients.broken]);
};
