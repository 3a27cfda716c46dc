import { Refused } from "../refused.ts";
import { appRouter } from "../routers/app.ts";
import { commandPaths } from "./procedures.ts";
import { failed, runnerOf, type Call, type Procedure, type Result, type Run } from "./run-procedure.ts";

/*
 * The procedures as both edges call them: each call is answered in time and taken note of. Around the
 * procedures and not one of their middlewares: a middleware more costs 6 µs a call.
 */

/**
 * Nobody waits longer for an answer (ms): the session may take six seconds of a database that does
 * not answer, and a command eight. What was asked for goes on, and is found under its key.
 */
const answerMsMax = 8_500;

const tooLate = failed(Refused.because({ reason: "OVERLOADED" }));

/**
 * A mutation without a key may have been done: "come again" would invite to do it twice. An audit of
 * a large shop takes longer and is waited for.
 */
const mayTakeLong = (path: string, type: string): boolean =>
  path === "admin.audit" || (type === "mutation" && !commandPaths.has(path));

const observed = (path: string, procedure: Procedure): Run => {
  const run = runnerOf(procedure);
  const isBounded = !mayTakeLong(path, procedure._def.type);
  return (call) => {
    const { ctx } = call;
    return new Promise((resolve) => {
      const startedAt = performance.now();
      let isAnswered = false;
      const answer = (result: Result) => {
        if (isAnswered) return;
        isAnswered = true;
        clearTimeout(late);
        const error = result.ok ? undefined : result.error;
        ctx.observeCall(path, ctx.requestId, performance.now() - startedAt, error);
        resolve(result);
      };
      const late = isBounded ? setTimeout(answer, answerMsMax, tooLate) : undefined;
      void run(call).then(answer);
    });
  };
};

/** A procedure as the edges call it. */
export interface ObservedProcedure {
  readonly type: string;
  readonly run: Run;
}

const made = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>);

/** Every procedure by its path. */
export const procedures: ReadonlyMap<string, ObservedProcedure> = new Map(
  made.map(([path, procedure]) => [path, { type: procedure._def.type, run: observed(path, procedure) }]),
);

/** As tRPC calls it: what went wrong is thrown. */
const throwing =
  (path: string) =>
  async (call: Call): Promise<unknown> => {
    const result = await procedures.get(path)!.run(call);
    if (!result.ok) throw result.error;
    return result.data;
  };
const entries = made.map(([path, procedure]) => [path, Object.assign(throwing(path), procedure)] as const);

/**
 * The router with these procedures, for tRPC's own adapter. In an object without a prototype: with
 * one, `__proto__` and `constructor` were procedures, and calling them an error of ours.
 */
export const observedRouter = {
  ...appRouter,
  _def: {
    ...appRouter._def,
    procedures: Object.assign(Object.create(null) as object, Object.fromEntries(entries)),
  },
} as unknown as typeof appRouter;
