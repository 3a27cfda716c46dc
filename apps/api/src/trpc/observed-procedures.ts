import { Refused } from "../refused.ts";
import { appRouter } from "../routers/app.ts";
import { commandPaths } from "./procedures.ts";
import { errorOf, runnerOf, type Call, type Procedure } from "./run-procedure.ts";

/*
 * The procedures as both edges call them: each call is answered in time and taken note of. Around the
 * procedures and not one of their middlewares: a middleware more costs 6 µs a call.
 */

/**
 * Nobody waits longer for an answer (ms): the session may take six seconds of a database that does
 * not answer, and a command eight. What was asked for goes on, and is found under its key.
 */
const answerMsMax = 8_500;

const inTime = (answer: Promise<unknown>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Refused({ reason: "OVERLOADED" })), answerMsMax);
    answer.then(
      (data) => {
        clearTimeout(late);
        resolve(data);
      },
      (error: unknown) => {
        clearTimeout(late);
        reject(error);
      },
    );
  });

/**
 * A mutation without a key may have been done: "come again" would invite to do it twice. An audit of
 * a large shop takes longer and is waited for.
 */
const mayTakeLong = (path: string, type: string): boolean =>
  path === "admin.audit" || (type === "mutation" && !commandPaths.has(path));

const observed = (path: string, procedure: Procedure): Procedure => {
  const run = runnerOf(procedure);
  const bounded = mayTakeLong(path, procedure._def.type) ? run : (call: Call) => inTime(run(call));
  const observedCall = async (call: Call) => {
    const { ctx } = call;
    const startedAt = performance.now();
    try {
      const data = await bounded(call);
      ctx.observeCall(path, ctx.requestId, performance.now() - startedAt);
      return data;
    } catch (thrown) {
      const error = errorOf(thrown);
      ctx.observeCall(path, ctx.requestId, performance.now() - startedAt, error);
      throw error;
    }
  };
  return Object.assign(observedCall, procedure);
};

const entries = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).map(
  ([path, procedure]) => [path, observed(path, procedure)] as const,
);

/** Every procedure by its path, as the edges call it. */
export const procedures: ReadonlyMap<string, Procedure> = new Map(entries);

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
