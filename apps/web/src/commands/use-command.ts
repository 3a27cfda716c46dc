"use client";

import { useCallback, useMemo, useSyncExternalStore } from "react";
import { useUser } from "../features/account/session-context";
import type { CommandName, CommandTypes } from "./commands";
import {
  readState,
  resetCommand,
  scopeOf,
  startCommand,
  subscribeToStates,
  type CommandState,
} from "./run";

const idle: CommandState = { phase: "idle" };

/**
 * One control that sends one kind of command. `subject` tells controls of the same kind apart
 * (the campaign of a claim). Pending until the definitive answer, whoever asked for it first.
 */
export const useCommand = <N extends CommandName>(name: N, subject?: string) => {
  const user = useUser();
  const scope = scopeOf(name, subject);
  const state = useSyncExternalStore(
    subscribeToStates,
    () => readState(scope),
    () => idle,
  ) as CommandState<N>;

  const submit = useCallback(
    (input: CommandTypes[N]["input"], key?: string) =>
      user && startCommand(name, user.id, input, key),
    [name, user],
  );
  const reset = useCallback(() => resetCommand(scope), [scope]);
  const pending = state.phase === "sending" || state.phase === "waiting";
  return useMemo(() => ({ state, pending, submit, reset }), [state, pending, submit, reset]);
};
