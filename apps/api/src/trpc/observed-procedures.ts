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

/** One call, as tRPC's adapters make it. */
export interface Call {
  readonly path: string;
  readonly getRawInput: () => Promise<unknown>;
  readonly ctx: Context;
  readonly type: string;
  readonly signal: AbortSignal | undefined;
  readonly batchIndex: number;
}

type Result = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: TRPCError };
interface Step extends Call {
  readonly input: unknown;
  readonly meta: unknown;
  readonly next: (changed?: { readonly ctx?: object; readonly input?: unknown }) => Promise<Result>;
}

/** A procedure of the router: tRPC's middlewares for input, rights, the resolver and output. */
export interface Procedure {
  (call: Call): Promise<unknown>;
  readonly _def: {
    readonly type: string;
    readonly meta: unknown;
    readonly middlewares: readonly ((step: Step) => Promise<Result>)[];
  };
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
    answer.then(resolve, reject);
    answer.then(() => clearTimeout(late), () => clearTimeout(late));
  });

/**
 * A procedure's middlewares, each inside the one before. tRPC's own loop does the same and copies all
 * options twice at each: 3 µs more a call in a tight loop of nothing else, three times that in life.
 */
const runMiddlewares = async (
  procedure: Procedure["_def"],
  index: number,
  call: Call,
  input: unknown,
): Promise<Result> => {
  const { path, getRawInput, ctx, type, signal, batchIndex } = call;
  const next: Step["next"] = (changed) =>
    runMiddlewares(
      procedure,
      index + 1,
      changed?.ctx ? { path, getRawInput, ctx: { ...ctx, ...changed.ctx }, type, signal, batchIndex } : call,
      changed && "input" in changed ? changed.input : input,
    );
  try {
    const { meta, middlewares } = procedure;
    return await middlewares[index]!({ path, getRawInput, ctx, type, signal, batchIndex, input, meta, next });
  } catch (thrown) {
    return { ok: false, error: errorOf(thrown) };
  }
};

/** tRPC's error for what was thrown; that of a refusal, too, comes from no line worth looking for. */
const errorOf = (thrown: unknown): TRPCError => {
  if (!(thrown instanceof Refused)) return getTRPCErrorFromUnknown(thrown);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = getTRPCErrorFromUnknown(thrown);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
};

const carryOut = async ({ _def: procedure }: Procedure, call: Call): Promise<unknown> => {
  const result = await runMiddlewares(procedure, 0, call, undefined);
  if (!result.ok) throw result.error;
  return result.data;
};

/**
 * A mutation without a key may have been done: "come again" would invite to do it twice. An audit of
 * a large shop takes longer and is waited for.
 */
const mayTakeLong = (path: string, type: string): boolean =>
  path === "admin.audit" || (type === "mutation" && !commandPaths.has(path));

const observed = (path: string, procedure: Procedure): Procedure => {
  const bounded = mayTakeLong(path, procedure._def.type)
    ? (call: Call) => carryOut(procedure, call)
    : (call: Call) => inTime(carryOut(procedure, call));
  const observedCall = async (call: Call) => {
    const { ctx } = call;
    const startedAt = performance.now();
    try {
      const data = await bounded(call);
      ctx.observeCall(path, ctx.requestId, performance.now() - startedAt);
      return data;
    } catch (thrown) {
      const error = getTRPCErrorFromUnknown(thrown);
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
