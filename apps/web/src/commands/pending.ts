import { canonicalJson } from "@stampede/core/canonical";
import type { CommandName, CommandTypes } from "./commands";

/** A command that was asked for and has no definitive answer yet. */
export interface Pending<N extends CommandName = CommandName> {
  readonly name: N;
  readonly key: string;
  readonly userId: string;
  readonly input: CommandTypes[N]["input"];
}

const storageKey = "stampede.pending";

/** Everything unanswered, of every tab; survives reloads and closed browsers. */
export const readPending = (): readonly Pending[] => {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    return Array.isArray(kept) ? (kept as Pending[]) : [];
  } catch {
    // Somebody else wrote there; what cannot be read cannot be sent again.
    return [];
  }
};

const write = (pending: readonly Pending[]) =>
  localStorage.setItem(storageKey, JSON.stringify(pending));

/**
 * The key of an intention, kept before it is first sent. The same person asking for the same thing
 * while it is unanswered (a double click, a reload, a second tab) is the same intention. Whoever
 * knows of the intention earlier than the click brings the key along.
 */
export const keepPending = <N extends CommandName>(
  name: N,
  userId: string,
  input: CommandTypes[N]["input"],
  key = mintKey(),
): Pending<N> => {
  const wanted = canonicalJson(input);
  const same = readPending().find(
    (p) => p.name === name && p.userId === userId && canonicalJson(p.input) === wanted,
  );
  if (same) return same as Pending<N>;
  const asked: Pending<N> = { name, key, userId, input };
  write([...readPending().filter((pending) => pending.key !== key), asked]);
  return asked;
};

/** Forgets a command whose definitive answer has come. */
export const forgetPending = (key: string): void =>
  write(readPending().filter((pending) => pending.key !== key));

/** A new key: 128 random bits. (`randomUUID` would need https or localhost.) */
export const mintKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
