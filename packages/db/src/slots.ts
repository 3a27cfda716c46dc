import type { Connection } from "./connect.ts";

/** Nothing was done: all connections are busy and enough callers wait already. */
export class ConnectionsBusy extends Error {
  override readonly name = "ConnectionsBusy";
}

/** Connections that are lent to one caller at a time; who finds none free waits in line. */
export interface Slots {
  take(): Promise<Connection>;
  giveBack(slot: Connection): void;
  /**
   * Destroys a connection and puts a new one in: one that missed its deadline may be hung for ever,
   * and one that was lost leaves the driver's half of it in disorder (postgres.js 3.4.9): the next
   * use of it fails with the old error, and the one after that waits for ever.
   */
  replace(slot: Connection): Connection;
  load(): { readonly busy: number; readonly waiting: number };
  close(): Promise<void>;
}

export interface SlotsOptions {
  readonly connections: number;
  /** Callers that may wait for a connection; more are refused at once. */
  readonly waitingMax: number;
  /** Opens a client with one connection. */
  readonly open: () => Connection;
}

export const openSlots = ({ connections, waitingMax, open }: SlotsOptions): Slots => {
  const free: Connection[] = Array.from({ length: connections }, open);
  const all = new Set(free);
  const waiting: ((slot: Connection) => void)[] = [];
  return {
    async take() {
      const slot = free.pop();
      if (slot) return slot;
      if (waiting.length >= waitingMax) throw new ConnectionsBusy();
      return new Promise((resolve) => waiting.push(resolve));
    },
    giveBack(slot) {
      const next = waiting.shift();
      if (next) next(slot);
      else free.push(slot);
    },
    replace(slot) {
      all.delete(slot);
      void slot.client.end({ timeout: 0 });
      const fresh = open();
      all.add(fresh);
      return fresh;
    },
    load: () => ({ busy: connections - free.length, waiting: waiting.length }),
    async close() {
      await Promise.all([...all].map(({ client }) => client.end({ timeout: 5 })));
    },
  };
};
