import { TRPCError } from "@trpc/server";
import type { Context } from "../trpc/context.ts";
import { explain, statusOf as httpStatusOf } from "../trpc/error-shape.ts";
import { procedures } from "../trpc/observed-procedures.ts";
import { refusalBody } from "../trpc/refusal-body.ts";
import { failed } from "../trpc/run-procedure.ts";
import { bodyOf, jsonOf, resultBodyOf, resultOf, type Body } from "../trpc/shared-answer.ts";
import type { Asked, Send } from "./answer.ts";
import { logUnreached, retryAfterOf } from "./trpc-manners.ts";

/*
 * tRPC's wire protocol for the plain case: one JSON call, or a JSON batch, answered as one text. The
 * official adapter builds a fetch Request, abort signals and web streams for each call, which costs
 * several times what the call itself does. The procedures, their middleware and the error shape are
 * the same; whatever is not plain (streams, HEAD, odd encodings) goes to the official adapter. One
 * contract suite runs against both.
 */

/** The calls of a request, as its URL names them. */
export interface PlainCalls {
  readonly paths: readonly string[];
  readonly isBatch: boolean;
  readonly search: URLSearchParams;
}

const noSearch = new URLSearchParams();

/** The calls of a request that the lean handler may answer; `undefined` for all other requests. */
export const plainCallsOf = (
  { method, url = "", headers }: Pick<Asked, "method" | "url" | "headers">,
  batchMax: number,
): PlainCalls | undefined => {
  if (method !== "GET" && method !== "POST") return undefined;
  if (headers["trpc-accept"] !== undefined || headers.accept?.includes("jsonl")) return undefined;
  const contentType = headers["content-type"];
  const isJson = contentType === "application/json" || (method === "GET" && contentType === undefined);
  if (!isJson) return undefined;

  const mark = url.indexOf("?");
  const path = url.slice("/trpc/".length, mark < 0 ? undefined : mark);
  if (path.includes("%") || url.includes("connectionParams")) return undefined;
  const search = mark < 0 ? noSearch : new URLSearchParams(url.slice(mark + 1));
  if (search.get("batch") !== "1") return { paths: [path], isBatch: false, search };
  const paths = path.split(",");
  return paths.length <= batchMax ? { paths, isBatch: true, search } : undefined;
};

interface Failed {
  readonly ok: false;
  readonly error: TRPCError;
  readonly path: string;
  /** The method it should have been. */
  readonly allow?: string | undefined;
}
type Settled = { readonly ok: true; readonly data: unknown } | Failed;

/** Runs the calls side by side and answers all of them at once. */
export const answerPlainCalls = async (
  { paths, isBatch, search }: PlainCalls,
  method: string,
  body: string,
  send: Send,
  context: Context,
): Promise<void> => {
  const inputs = lazily(() =>
    inputsOf(method === "GET" ? (search.get("input") ?? "") : body, isBatch),
  );
  const call = (path: string, batchIndex: number) =>
    settle(path, method, context, () => inputs()[batchIndex], batchIndex);

  const { requestId } = context;
  if (isBatch) {
    const settled = await Promise.all(paths.map(call));
    const texts = settled.map((each) =>
      each.ok ? resultOf(jsonOf(each.data)) : refusalBody(each.error, each.path, requestId).text,
    );
    sendSettled(send, requestId, bodyOf(`[${texts.join(",")}]`), settled);
  } else {
    const settled = await call(paths[0]!, 0);
    if (settled.ok) send(200, requestId, resultBodyOf(settled.data));
    else sendFailed(send, requestId, settled);
  }
};

/** One call through its procedure, as tRPC's own adapter would make it. */
const settle = async (
  path: string,
  method: string,
  ctx: Context,
  getRawInput: () => unknown,
  batchIndex: number,
): Promise<Settled> => {
  const { type, run } = procedures.get(path) ?? noProcedure;
  const wanted = type === "mutation" ? "POST" : "GET";
  const isAllowed = method === wanted;
  // No signal: a command that was asked for is carried out even if its caller has left (O9).
  const result =
    run && isAllowed
      ? await run({ path, getRawInput, ctx, type, signal: undefined, batchIndex })
      : failed(new TRPCError({ code: run ? "METHOD_NOT_SUPPORTED" : "NOT_FOUND" }));
  if (result.ok) return result;
  logUnreached(ctx, result.error, path);
  return { ok: false, error: result.error, path, allow: run && !isAllowed ? wanted : undefined };
};

const noProcedure = { type: "", run: undefined };

/** Answers a request that is refused as a whole, whichever way it would have been answered. */
export const sendRefusal = (
  error: TRPCError,
  path: string,
  requestId: string,
  send: Send,
): void => {
  sendFailed(send, requestId, { ok: false, error, path });
};

const sendFailed = (send: Send, requestId: string, call: Failed): void =>
  sendSettled(send, requestId, refusalBody(call.error, call.path, requestId), [call]);

const sendSettled = (send: Send, requestId: string, body: Body, settled: readonly Settled[]): void =>
  send(statusOf(settled), requestId, body, headersOf(settled.filter((each) => !each.ok)));

const headersOf = (failed: readonly Failed[]): readonly string[] => {
  const retryAfter = retryAfterOf(failed.map(({ error }) => error));
  const allow = failed.find((each) => each.allow)?.allow;
  return [
    ...(retryAfter === undefined ? [] : ["retry-after", retryAfter]),
    ...(allow === undefined ? [] : ["allow", allow]),
  ];
};

/** One status where all calls ended alike, else 207. */
const statusOf = (settled: readonly Settled[]): number => {
  const statuses = settled.map((each) => (each.ok ? 200 : httpStatusOf(explain(each.error).code)));
  return new Set(statuses).size === 1 ? statuses[0]! : 207;
};

/** Read when the first procedure wants its input: who may not call is told so before what is wrong. */
const lazily = <Value extends object>(read: () => Value): (() => Value) => {
  let value: Value | undefined;
  return () => (value ??= read());
};

/** The input of each call by its index, from the text that carries them all. */
const inputsOf = (text: string, isBatch: boolean): Readonly<Record<number, unknown>> => {
  if (text === "") return {};
  const inputs = parsed(text);
  if (!isBatch) return { 0: inputs };
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs))
    throw new TRPCError({ code: "BAD_REQUEST" });
  return { ...inputs };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: "BAD_REQUEST", cause });
  }
};
