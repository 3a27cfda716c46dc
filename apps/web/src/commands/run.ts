import { refusalOf, type ShownRefusal } from "../lib/refusal";
import { sendCommand, type CommandName, type CommandTypes } from "./commands";
import { forgetPending, keepPending, readPending, type Pending } from "./pending";

/** Where a command is: what its button and the line beside it show. */
export type CommandState<N extends CommandName = CommandName> =
  | { readonly phase: "idle" }
  | { readonly phase: "sending"; readonly attempt: number }
  | { readonly phase: "waiting"; readonly attempt: number; readonly refusal: ShownRefusal }
  | { readonly phase: "refused"; readonly refusal: ShownRefusal }
  | { readonly phase: "done"; readonly key: string; readonly reply: CommandTypes[N]["reply"] };

/** A command that has come to its definitive answer. */
export interface Settled {
  readonly pending: Pending;
  readonly state: Extract<CommandState, { phase: "done" | "refused" }>;
  /** Whether it was found unanswered from an earlier visit. */
  readonly resumed: boolean;
}

const idle: CommandState = { phase: "idle" };
const stateByScope = new Map<string, CommandState>();
const running = new Set<string>();
const stateListeners = new Set<() => void>();
const settledListeners = new Set<(settled: Settled) => void>();

/** The control a command belongs to: one for payments, one for charges, one for each campaign. */
export const scopeOf = (name: CommandName, subject?: string): string =>
  subject ? `${name}:${subject}` : name;

const scopeOfPending = ({ name, input }: Pending): string =>
  scopeOf(
    name,
    "couponId" in input ? input.couponId : "productId" in input ? input.productId : undefined,
  );

const setState = (scope: string, state: CommandState) => {
  stateByScope.set(scope, state);
  for (const listener of stateListeners) listener();
};

export const readState = (scope: string): CommandState => stateByScope.get(scope) ?? idle;

export const subscribeToStates = (listener: () => void) => {
  stateListeners.add(listener);
  return () => void stateListeners.delete(listener);
};

export const subscribeToSettled = (listener: (settled: Settled) => void) => {
  settledListeners.add(listener);
  return () => void settledListeners.delete(listener);
};

/** Puts a control back to rest, unless its command is still under way. */
export const resetCommand = (scope: string): void => {
  const { phase } = readState(scope);
  if (phase === "done" || phase === "refused") setState(scope, idle);
};

/** Asks for a command: its key is kept first, then it is sent until there is a definitive answer. */
export const startCommand = <N extends CommandName>(
  name: N,
  userId: string,
  input: CommandTypes[N]["input"],
  key?: string,
): void => void run(keepPending(name, userId, input, key), false);

/** Takes up everything this person asked for and never heard the end of. */
export const resumeCommands = (userId: string): void => {
  for (const pending of readPending()) if (pending.userId === userId) void run(pending, true);
};

const run = async (pending: Pending, resumed: boolean) => {
  if (running.has(pending.key)) return;
  running.add(pending.key);
  const scope = scopeOfPending(pending);
  const state = await sendUntilAnswered(pending, (next) => setState(scope, next));
  running.delete(pending.key);
  if (!isKept(pending, state)) forgetPending(pending.key);
  for (const listener of settledListeners) listener({ pending, state, resumed });
  setState(scope, state);
};

// A payment is forgotten by whoever shows it: a reload between answer and receipt asks again and
// hears the same answer. And without a session nothing is known about an earlier try.
const isKept = ({ name }: Pending, state: Settled["state"]) =>
  state.phase === "done" ? name === "order.place" : state.refusal.reason === "UNAUTHENTICATED";

const sendUntilAnswered = async (
  { name, key, input }: Pending,
  show: (state: CommandState) => void,
): Promise<Settled["state"]> => {
  const send = sendCommand[name] as (input: unknown, key: string) => Promise<never>;
  for (let attempt = 1; ; attempt++) {
    show({ phase: "sending", attempt });
    try {
      return { phase: "done", key, reply: await send(input, key) };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.retry !== "later") return { phase: "refused", refusal };
      show({ phase: "waiting", attempt, refusal });
      await untilRetry(attempt, refusal);
    }
  }
};

// Full jitter from 0.4 s, doubling up to 8 s: a crowd that was cut off together comes back spread.
const untilRetry = (attempt: number, { retryAfterMs = 0 }: ShownRefusal) =>
  new Promise<void>((resolve) => {
    const ceiling = Math.min(8_000, 400 * 2 ** (attempt - 1));
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.max(retryAfterMs, ceiling * (0.5 + Math.random() / 2)));
    addEventListener("online", wake);
  });
