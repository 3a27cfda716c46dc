import { getTRPCErrorFromUnknown, type TRPCError } from "@trpc/server";
import { Refused } from "../refused.ts";
import type { Context } from "./context.ts";

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

const errors = new WeakMap<Refused, TRPCError>();

/** tRPC's error for what was thrown; of a refusal that was thrown before, the same again. */
const errorOf = (thrown: unknown): TRPCError => {
  if (!(thrown instanceof Refused)) return getTRPCErrorFromUnknown(thrown);
  let error = errors.get(thrown);
  if (!error) errors.set(thrown, (error = errorOfRefused(thrown)));
  return error;
};

/** Like the refusal itself it comes from no line worth looking for. */
const errorOfRefused = (thrown: Refused): TRPCError => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = getTRPCErrorFromUnknown(thrown);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
};

/** What the procedure answers; throws its `TRPCError`. */
export const runProcedure = async ({ _def: procedure }: Procedure, call: Call): Promise<unknown> => {
  const result = await runMiddlewares(procedure, 0, call, undefined);
  if (!result.ok) throw result.error;
  return result.data;
};
