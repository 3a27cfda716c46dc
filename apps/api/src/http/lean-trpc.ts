import type { IncomingMessage, ServerResponse } from "node:http";
import { getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import { getHTTPStatusCode } from "@trpc/server/http";
import { appRouter } from "../routers/app.ts";
import type { Context } from "../trpc/context.ts";
import { errorShape } from "../trpc/error-shape.ts";
import { logUnreached, metaHeaders } from "./trpc-manners.ts";

/*
 * tRPC's wire protocol for the plain case: one JSON call, or a JSON batch, answered as one text. The
 * official adapter builds a fetch Request, abort signals and web streams for each call, which costs
 * several times what the call itself does. The procedures, their middleware and the error shape are
 * the same; whatever is not plain (streams, HEAD, odd encodings) goes to the official adapter. One
 * contract suite runs against both.
 */

interface Procedure {
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

const procedures = new Map(
  Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>),
);

/** The calls of a request, as its URL names them. */
export interface PlainCalls {
  readonly paths: readonly string[];
  readonly isBatch: boolean;
  readonly search: URLSearchParams;
}

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

  const [, path = "", query = ""] = /^\/trpc\/([^?]*)\??(.*)$/s.exec(url) ?? [];
  if (path.includes("%") || query.includes("connectionParams")) return undefined;
  const search = new URLSearchParams(query);
  const isBatch = search.get("batch") === "1";
  const paths = isBatch ? path.split(",") : [path];
  return paths.length <= batchMax ? { paths, isBatch, search } : undefined;
};

type Settled = { readonly data: unknown } | { readonly error: TRPCError };

/** Runs the calls side by side and answers all of them at once. */
export const answerPlainCalls = async (
  { paths, isBatch, search }: PlainCalls,
  body: string,
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<void> => {
  const { method } = request;
  const inputs = lazily(() =>
    inputsOf(method === "GET" ? (search.get("input") ?? "") : body, isBatch),
  );
  let allow: string | undefined;
  const call = async (path: string, batchIndex: number): Promise<Settled> => {
    try {
      const procedure = procedures.get(path);
      if (!procedure) throw new TRPCError({ code: "NOT_FOUND" });
      const { type } = procedure._def;
      const wanted = type === "mutation" ? "POST" : "GET";
      if (method !== wanted) {
        allow = wanted;
        throw new TRPCError({ code: "METHOD_NOT_SUPPORTED" });
      }
      const getRawInput = async () => inputs()[batchIndex];
      // No signal: a command that was asked for is carried out even if its caller has left (O9).
      const data = await procedure({ path, getRawInput, ctx: context, type, signal: undefined, batchIndex });
      return { data };
    } catch (thrown) {
      const error = getTRPCErrorFromUnknown(thrown);
      logUnreached(context, error, path);
      return { error };
    }
  };

  const settled = await Promise.all(paths.map(call));
  const results = settled.map((result, index) =>
    "error" in result
      ? { error: errorShape(result.error, paths[index]!, context.requestId) }
      : { result: { data: result.data } },
  );
  const text = JSON.stringify(isBatch ? results : results[0]);
  const errors = settled.flatMap((result) => ("error" in result ? [result.error] : []));
  response.writeHead(getHTTPStatusCode(isBatch ? results : results[0]!), {
    ...metaHeaders(errors),
    "content-type": "application/json",
    vary: "trpc-accept, accept",
    ...(allow !== undefined && { allow }),
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
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
