import { failpoint } from "@stampede/db/failpoint";
import { relayBatchSize, relayOutbox, tidyOutbox } from "@stampede/db/outbox";
import { openPlain } from "@stampede/db/plain";
import { moveWindow } from "@stampede/db/popularity";
import { openTransactions, type Transactions } from "@stampede/db/transactions";

/** Between looks at an empty outbox: entries of other processes appear well within a second. */
const idlePauseMs = 200;
/** After a batch that was not full: lets some more gather, at no noticeable delay. */
const busyPauseMs = 20;
/** So many entries are 250 pages of the outbox, which a vacuum makes free in some 40 ms of a busy machine. */
const tidyAfter = 20_000;
/** The popularity window moves once a second; reads correct for the rest. */
const windowPauseMs = 1_000;

/**
 * The worker's own connection for transactions. It has nothing to wait for between its one statement and
 * COMMIT, and one that stops there holds up the others, who count the same products: after a second, not
 * five, the server takes its locks and its batch away from it.
 */
const openRelayTransactions = (url: string): Transactions =>
  openTransactions({
    url,
    name: "stampede worker",
    connections: 1,
    settings: { idle_in_transaction_session_timeout: 1_000 },
  });

export interface Relay {
  /** Entries were committed in this process: look at once. */
  wake(): void;
  /** Finishes the batch under way, stops and closes its connections. */
  stop(): Promise<void>;
}

export interface RelayOptions {
  /** The database, as whom the worker is in it. */
  readonly url: string;
  readonly onMoved?: (entries: number) => void;
  readonly onError?: (error: unknown) => void;
}

/**
 * The worker's loop: outbox to log and popularity. It polls, faster when there is work; a NOTIFY
 * inside the money's transactions would serialise their commits. Any number may run, anywhere.
 */
export const startRelay = (options: RelayOptions): Relay => {
  const transactions = openRelayTransactions(options.url);
  // A vacuum runs in no transaction.
  const plain = openPlain(options.url, 1);
  let stopping = false;
  let wakeUp: (() => void) | undefined;
  let windowMovedAt = 0;
  let movedSinceTidy = 0;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        wakeUp = undefined;
        resolve();
      }
      // A wake-up during the short pause of a busy relay would make many small batches.
      if (ms > busyPauseMs) wakeUp = done;
    });

  const turn = async (): Promise<number> => {
    const moved = await transactions.run(async (tx) => {
      FAILPOINT: await failpoint("relay.begun");
      const moved = await relayOutbox(tx);
      FAILPOINT: if (moved > 0) await failpoint("relay.moved");
      return moved;
    });
    FAILPOINT: if (moved > 0) await failpoint("relay.committed");
    if (moved > 0) options.onMoved?.(moved);
    movedSinceTidy += moved;
    if (movedSinceTidy >= tidyAfter) {
      movedSinceTidy = 0;
      await tidyOutbox(plain.db);
    }
    if (performance.now() - windowMovedAt > windowPauseMs) {
      // Also when it fails: the log goes on, and the window is moved a second later.
      windowMovedAt = performance.now();
      await transactions.run(moveWindow);
    }
    return moved;
  };

  const loop = async () => {
    while (!stopping) {
      try {
        const moved = await turn();
        if (stopping) return;
        if (moved < relayBatchSize) await pause(moved > 0 ? busyPauseMs : idlePauseMs);
      } catch (error) {
        options.onError?.(error);
        if (!stopping) await pause(idlePauseMs);
      }
    }
  };
  const ended = loop();

  return {
    wake: () => wakeUp?.(),
    async stop() {
      stopping = true;
      wakeUp?.();
      await ended;
      await Promise.all([transactions.close(), plain.close()]);
    },
  };
};
