import { TRPCError } from "@trpc/server";
import type { Context } from "../trpc/context.ts";
import { explain, statusOf as httpStatusOf } from "../trpc/error-shape.ts";
import { procedures } from "../trpc/observed-procedures.ts";
import { refusalBody } from "../trpc/refusal-body.ts";
import { failed, type Result } from "../trpc/run-procedure.ts";
import { bodyOf, jsonOf, resultBodyOf, resultOf } from "../trpc/shared-answer.ts";
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

/** Runs the calls side by side and answers all of them at once. */
export const answerPlainCalls = (
  { paths, isBatch, search }: PlainCalls,
  method: string,
  body: string,
  send: Send,
  context: Context,
): Promise<void> => {
  const text = method === "GET" ? (search.get("input") ?? "") : body;
  return isBatch
    ? answerBatch(paths, method, text, send, context)
    : answerCall(paths[0]!, method, text, send, context);
};

const answerCall = (
  path: string,
  method: string,
  text: string,
  send: Send,
  context: Context,
): Promise<void> => {
  const input = () => (text === "" ? undefined : parsed(text));
  return run(path, method, context, input, 0).then((result) => {
    const { requestId } = context;
    if (result.ok) return send(200, requestId, resultBodyOf(result.data));
    logUnreached(context, result.error, path);
    sendRefusal(result.error, path, requestId, send);
  });
};

const answerBatch = async (
  paths: readonly string[],
  method: string,
  text: string,
  send: Send,
  context: Context,
): Promise<void> => {
  const { requestId } = context;
  const inputs = lazily(() => inputsOf(text));
  const results = await Promise.all(
    paths.map((path, index) => run(path, method, context, () => inputs()[index], index)),
  );
  const texts = results.map((result, index) =>
    result.ok ? resultOf(jsonOf(result.data)) : refusalBody(result.error, paths[index]!, requestId).text,
  );
  const failures = results.flatMap((result, index): Failure[] =>
    result.ok ? [] : [{ error: result.error, path: paths[index]! }],
  );
  for (const { error, path } of failures) logUnreached(context, error, path);
  send(statusOf(results), requestId, bodyOf(`[${texts.join(",")}]`), headersOf(failures));
};

/** One call through its procedure, as tRPC's own adapter would make it. */
const run = (
  path: string,
  method: string,
  ctx: Context,
  getRawInput: () => unknown,
  batchIndex: number,
): Promise<Result> => {
  const procedure = procedures.get(path);
  if (!procedure) return Promise.resolve(failed(new TRPCError({ code: "NOT_FOUND" })));
  const { type } = procedure;
  if (method !== methodOf(type))
    return Promise.resolve(failed(new TRPCError({ code: "METHOD_NOT_SUPPORTED" })));
  // No signal: a command that was asked for is carried out even if its caller has left (O9).
  return procedure.run({ path, getRawInput, ctx, type, signal: undefined, batchIndex });
};

const methodOf = (type: string): string => (type === "mutation" ? "POST" : "GET");

/** Answers a request that is refused as a whole, whichever way it would have been answered. */
export const sendRefusal = (error: TRPCError, path: string, requestId: string, send: Send): void =>
  send(
    httpStatusOf(explain(error).code),
    requestId,
    refusalBody(error, path, requestId),
    headersOf([{ error, path }]),
  );

interface Failure {
  readonly error: TRPCError;
  readonly path: string;
}

/** When to come again, and the method that it should have been. */
const headersOf = (failures: readonly Failure[]): readonly string[] => {
  const retryAfter = retryAfterOf(failures.map(({ error }) => error));
  const wrong = failures.find(({ error }) => error.code === "METHOD_NOT_SUPPORTED");
  return [
    ...(retryAfter === undefined ? [] : ["retry-after", retryAfter]),
    ...(wrong === undefined ? [] : ["allow", methodOf(procedures.get(wrong.path)!.type)]),
  ];
};

/** One status where all calls ended alike, else 207. */
const statusOf = (results: readonly Result[]): number => {
  const statuses = results.map((each) => (each.ok ? 200 : httpStatusOf(explain(each.error).code)));
  return new Set(statuses).size === 1 ? statuses[0]! : 207;
};

/** Read when the first procedure wants its input: who may not call is told so before what is wrong. */
const lazily = <Value extends object>(read: () => Value): (() => Value) => {
  let value: Value | undefined;
  return () => (value ??= read());
};

/** The input of each call of a batch by its index, from the text that carries them all. */
const inputsOf = (text: string): Readonly<Record<number, unknown>> => {
  if (text === "") return {};
  const inputs = parsed(text);
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
