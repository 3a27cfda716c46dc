import type { IncomingMessage, ServerResponse } from "node:http";
import { getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import type { Context } from "../trpc/context.ts";
import { errorShape } from "../trpc/error-shape.ts";
import { procedures } from "../trpc/observed-procedures.ts";
import { bodyOf, jsonOf, resultBodyOf, resultOf, type Body } from "../trpc/shared-answer.ts";
import { commonHeaders } from "./headers.ts";
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
  { method, url = "", headers }: IncomingMessage,
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
  readonly error: TRPCError;
  readonly shape: ReturnType<typeof errorShape>;
  /** The method it should have been. */
  readonly allow: string | undefined;
}
type Settled = { readonly data: unknown } | Failed;

/** Runs the calls side by side and answers all of them at once. */
export const answerPlainCalls = async (
  { paths, isBatch, search }: PlainCalls,
  body: string,
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<void> => {
  const method = request.method!;
  const inputs = lazily(() =>
    inputsOf(method === "GET" ? (search.get("input") ?? "") : body, isBatch),
  );
  const call = (path: string, batchIndex: number) =>
    settle(path, method, context, () => inputs()[batchIndex], batchIndex);

  if (isBatch) {
    const settled = await Promise.all(paths.map(call));
    send(response, context.requestId, bodyOf(`[${settled.map(textOf).join(",")}]`), settled);
  } else {
    const settled = await call(paths[0]!, 0);
    const body = "error" in settled ? bodyOf(textOf(settled)) : resultBodyOf(settled.data);
    send(response, context.requestId, body, [settled]);
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
  const procedure = procedures.get(path);
  const type = procedure?._def.type ?? "";
  const wanted = type === "mutation" ? "POST" : "GET";
  try {
    if (!procedure) throw new TRPCError({ code: "NOT_FOUND" });
    if (method !== wanted) throw new TRPCError({ code: "METHOD_NOT_SUPPORTED" });
    // No signal: a command that was asked for is carried out even if its caller has left (O9).
    return { data: await procedure({ path, getRawInput, ctx, type, signal: undefined, batchIndex }) };
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    logUnreached(ctx, error, path);
    const allow = error.code === "METHOD_NOT_SUPPORTED" ? wanted : undefined;
    return { error, shape: errorShape(error, path, ctx.requestId), allow };
  }
};

/** Answers a request that is refused as a whole, whichever way it would have been answered. */
export const sendRefusal = (
  error: TRPCError,
  path: string,
  requestId: string,
  response: ServerResponse,
): void => {
  const refused = { error, shape: errorShape(error, path, requestId), allow: undefined };
  send(response, requestId, bodyOf(textOf(refused)), [refused]);
};

const textOf = (settled: Settled): string =>
  "error" in settled
    ? JSON.stringify({ error: settled.shape })
    : resultOf(jsonOf(settled.data));

/** The headers that are the same in every answer. */
export const sameHeaders: readonly string[] = [
  ...Object.entries(commonHeaders).flat(),
  ...["content-type", "application/json"],
  ...["vary", "trpc-accept, accept"],
];

/**
 * The headers go to Node as one flat list: as an object beside `setHeader` they cost 12 µs more, half
 * of what Node needs for the whole request.
 */
const send = (
  response: ServerResponse,
  requestId: string,
  { text, encoding, byteLength }: Body,
  settled: readonly Settled[],
): void => {
  const headers = [...sameHeaders, "x-request-id", requestId, "content-length", String(byteLength)];
  const failed = settled.filter((each) => "error" in each);
  if (failed.length > 0) headers.push(...headersOf(failed));
  response.writeHead(failed.length > 0 ? statusOf(settled) : 200, headers);
  response.end(text, encoding);
};

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
  const statuses = settled.map((each) => ("error" in each ? each.shape.data.httpStatus : 200));
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
