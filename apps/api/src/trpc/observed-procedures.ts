import { getTRPCErrorFromUnknown, type TRPCError } from "@trpc/server";
import { type Logger, symbols } from "pino";
import type { Metrics } from "../observability/metrics.ts";
import { Refused } from "../refused.ts";
import { appRouter } from "../routers/app.ts";
import type { Context } from "./context.ts";
import { explain } from "./error-shape.ts";
import { commandPaths } from "./procedures.ts";

/*
 * One log line and one histogram sample a call: which procedure, how it ended, how long it took.
 * Around the procedures and not one of their middlewares: a middleware more costs 6 µs a call.
 */

/** A procedure of the router, as tRPC's adapters call it. */
export interface Procedure {
  (options: {
    readonly path: string;
    readonly getRawInput: () => Promise<unknown>;
    readonly ctx: Context;
    readonly type: string;
    readonly signal: AbortSignal | undefined;
    readonly batchIndex: number;
  }): Promise<unknown>;
  readonly _def: { readonly type: string };
}

/** Takes note of a call that ended, with its error if it has one; `ms` is how long it took. */
export interface CallObserver {
  (procedure: string, requestId: string, ms: number, error?: TRPCError): void;
}

export const createCallObserver = (log: Logger, metrics: Metrics): CallObserver => {
  const writeLine = callLine(log);
  return (procedure, requestId, ms, error) => {
    const outcome = error ? explain(error).refusal.reason : "OK";
    metrics.observeCall(procedure, outcome, ms);
    if (error && outcome === "INTERNAL")
      log.error({ procedure, outcome, ms: Number(ms.toFixed(1)), requestId, err: error.cause });
    else writeLine(procedure, outcome, ms, requestId);
  };
};

/**
 * What `log.info({ procedure, outcome, ms, requestId })` writes, put together by hand: none of the
 * four can hold a character that JSON escapes, and the general way costs a tenth of an empty call.
 */
const callLine = (log: Logger) => {
  const { [symbols.streamSym]: stream, [symbols.chindingsSym]: bindings } = log as unknown as {
    [symbols.streamSym]: { write(line: string): void };
    [symbols.chindingsSym]: string;
  };
  const time = (log as unknown as { [symbols.timeSym]: () => string })[symbols.timeSym];
  return (procedure: string, outcome: string, ms: number, requestId: string): void => {
    if (!log.isLevelEnabled("info")) return;
    stream.write(
      `{"level":30${time()}${bindings},"procedure":"${procedure}","outcome":"${outcome}","ms":${ms.toFixed(1)},"requestId":"${requestId}"}\n`,
    );
  };
};

/**
 * Nobody waits longer for an answer (ms): the session may take six seconds of a database that does
 * not answer, and a command eight. What was asked for goes on, and is found under its key.
 */
const answerMsMax = 9_000;

const inTime = (answer: Promise<unknown>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Refused({ reason: "OVERLOADED" })), answerMsMax);
    void answer.finally(() => clearTimeout(late)).then(resolve, reject);
  });

/**
 * A mutation without a key may have been done: "come again" would invite to do it twice. An audit of
 * a large shop takes longer and is waited for.
 */
const mayTakeLong = (path: string, type: string): boolean =>
  path === "admin.audit" || (type === "mutation" && !commandPaths.has(path));

const observed = (path: string, procedure: Procedure): Procedure => {
  const bounded = mayTakeLong(path, procedure._def.type)
    ? procedure
    : (options: Parameters<Procedure>[0]) => inTime(procedure(options));
  const call = async (options: Parameters<Procedure>[0]) => {
    const { ctx } = options;
    const startedAt = performance.now();
    try {
      const data = await bounded(options);
      ctx.observeCall(path, ctx.requestId, performance.now() - startedAt);
      return data;
    } catch (thrown) {
      const error = getTRPCErrorFromUnknown(thrown);
      ctx.observeCall(path, ctx.requestId, performance.now() - startedAt, error);
      throw error;
    }
  };
  return Object.assign(call, procedure);
};

const entries = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).map(
  ([path, procedure]) => [path, observed(path, procedure)] as const,
);

/** Every procedure by its path, as the edges call it. */
export const procedures: ReadonlyMap<string, Procedure> = new Map(entries);

/** The router with these procedures, for tRPC's own adapter. */
export const observedRouter = {
  ...appRouter,
  _def: { ...appRouter._def, procedures: Object.fromEntries(entries) },
} as unknown as typeof appRouter;
