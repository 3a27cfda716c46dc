import type { Refusal } from "@stampede/core/refusals";
import { isConflict, isConnectionFailure, isTimeout } from "@stampede/db/errors";
import { ConnectionsBusy } from "@stampede/db/slots";
import { OutcomeUnknown } from "@stampede/db/transactions";
import { QueueFull } from "./shell/batcher.ts";

/**
 * Thrown to the edge, where the one table of refusals turns it into a status and a sentence. It is an
 * expected outcome, so nobody wants to know from which line; finding that out takes 5 µs.
 */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(refusal.reason);
    Error.stackTraceLimit = stackTraceLimit;
    this.refusal = refusal;
  }

  /** The same object each time for a refusal that says no more than its reason. */
  static because(refusal: Refusal): Refused {
    if (Object.keys(refusal).length > 1) return new Refused(refusal);
    let refused = plain.get(refusal.reason);
    if (!refused) plain.set(refusal.reason, (refused = new Refused(refusal)));
    return refused;
  }
}

const plain = new Map<Refusal["reason"], Refused>();

/**
 * What a thrown thing means to the caller. A full queue and a database that is away are told as
 * "come again"; whatever is left is ours to mend, and nothing of it is shown.
 */
export const refusalOf = (thrown: unknown): Refusal => {
  if (thrown instanceof Refused) return thrown.refusal;
  // Something without a key, a new product say, may have been done: nobody should try blindly.
  if (thrown instanceof OutcomeUnknown) return { reason: "INTERNAL" };
  if (thrown instanceof QueueFull || thrown instanceof ConnectionsBusy)
    return { reason: "OVERLOADED" };
  if (isConnectionFailure(thrown) || isTimeout(thrown) || isConflict(thrown))
    return { reason: "OVERLOADED" };
  return { reason: "INTERNAL" };
};
