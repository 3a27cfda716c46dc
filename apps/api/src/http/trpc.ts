import { TRPCError } from "@trpc/server";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { sessionTokenOf } from "../auth/session-token.ts";
import { Refused } from "../refused.ts";
import type { Span } from "../observability/traces.ts";
import type { RateLimits } from "../rate-limits.ts";
import { createCallObserver } from "../trpc/call-observer.ts";
import type { Context } from "../trpc/context.ts";
import { explain } from "../trpc/error-shape.ts";
import { observedRouter, procedures } from "../trpc/observed-procedures.ts";
import { sendThrough, type Asked, type Send } from "./answer.ts";
import { countedAddress } from "./client-address.ts";
import { isCrossSite, isJson } from "./cross-site.ts";
import { answerPlainCalls, plainCallsOf, sendRefusal, type PlainCalls } from "./lean-trpc.ts";
import type { Handler, HttpOptions } from "./server.ts";
import { logUnreached, metaHeaders } from "./trpc-manners.ts";

export type TrpcEdge = Pick<
  HttpOptions,
  | "shop"
  | "authSecret"
  | "rateLimits"
  | "limits"
  | "log"
  | "metrics"
  | "leanEdge"
  | "addressOf"
  | "ownOrigins"
  | "traces"
>;

/** Answers the calls of one request, whoever has read it. */
export interface CallsHandler {
  (calls: PlainCalls, request: Asked, requestId: string, body: string, send: Send): void | Promise<void>;
}

export interface TrpcHandlers {
  /** Plain calls, by the lean handler. */
  readonly handleCalls: CallsHandler;
  /** `/trpc/*` as Node has read it: plain calls by the lean handler, everything else by tRPC's own adapter. */
  readonly handleTrpc: Handler;
}

export const createTrpcHandlers = (edge: TrpcEdge): TrpcHandlers => {
  const createContext = contextCreator(edge);
  // Not async: while a command waits for its group nothing here may hold its request.
  const handleCalls: CallsHandler = (calls, request, requestId, body, send) => {
    const context = createContext(request, requestId);
    const { span } = context;
    const sendAndEnd = span ? endingSpan(span, requestId, send) : send;
    const answer = (error?: TRPCError) =>
      error
        ? refuse(error, context, request, sendAndEnd)
        : answerPlainCalls(calls, request.method!, body, sendAndEnd, context);
    const refused = refusedAtTheDoor(edge, context, request);
    return refused instanceof Promise ? refused.then(answer) : answer(refused);
  };
  const handleTrpc: Handler = async (request, response, requestId, body) => {
    const calls = edge.leanEdge ? plainCallsOf(request, edge.limits.batch) : undefined;
    if (calls) return handleCalls(calls, request, requestId, body, sendThrough(response));
    const context = createContext(request, requestId);
    const { span } = context;
    if (span) response.once("close", () => endSpan(span, response.statusCode, requestId));
    const error = await refusedAtTheDoor(edge, context, request);
    if (error) return refuse(error, context, request, sendThrough(response));
    response.setHeader("x-request-id", requestId);
    await nodeHTTPRequestHandler({
      // The adapter takes a body that was read already from here.
      req: Object.assign(request, { body }),
      res: response,
      path: pathOf(request),
      router: observedRouter,
      createContext: async () => context,
      maxBatchSize: edge.limits.batch,
      responseMeta: ({ errors }) => ({ headers: metaHeaders(errors) }),
      onError: ({ error, path }) => logUnreached(context, error, path),
    });
  };
  return { handleCalls, handleTrpc };
};

const endingSpan =
  (span: Span, requestId: string, send: Send): Send =>
  (status, ...rest) => {
    send(status, ...rest);
    endSpan(span, status, requestId);
  };

const endSpan = (span: Span, status: number, requestId: string): void =>
  span.end({ "http.response.status_code": status, "stampede.request.id": requestId });

/** The procedures that are called, as the address names them. */
export const pathOf = ({ url = "" }: Pick<Asked, "url">): string => url.slice("/trpc/".length).split("?", 1)[0]!;

/** Why a request is refused before any procedure hears of it; `undefined` for nearly all. */
const refusedAtTheDoor = (
  edge: TrpcEdge,
  context: Context,
  request: Asked,
): TRPCError | undefined | Promise<TRPCError | undefined> =>
  strangerAtTheDoor(edge, request) ?? tooManyCalls(context, request);

/** What a form of another site could send is refused before any procedure hears of it. */
const strangerAtTheDoor = (
  { ownOrigins }: TrpcEdge,
  { method, headers }: Asked,
): TRPCError | undefined => {
  if (method !== "POST") return undefined;
  if (!isJson(headers["content-type"])) return new TRPCError({ code: "UNSUPPORTED_MEDIA_TYPE" });
  return isCrossSite(headers, ownOrigins) ? new TRPCError({ code: "FORBIDDEN" }) : undefined;
};

/** An address is counted by its calls, not its requests: a batch is as much work as single calls. */
const tooManyCalls = (
  { rateLimits, address }: Context,
  request: Asked,
): undefined | Promise<TRPCError | undefined> => {
  const counted = countedAddress(address);
  return counted === undefined ? undefined : countCalls(rateLimits, counted, request);
};

const countCalls = async (
  rateLimits: RateLimits,
  counted: string,
  request: Asked,
): Promise<TRPCError | undefined> => {
  try {
    await rateLimits.countCalls(counted, pathOf(request).split(",").length);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return new TRPCError({ code: "TOO_MANY_REQUESTS", cause });
  }
};

const refuse = (
  error: TRPCError,
  { log, observeCall, requestId }: Context,
  request: Asked,
  send: Send,
): void => {
  const procedure = pathOf(request);
  if (procedures.has(procedure)) observeCall(procedure, requestId, 0, error);
  else log.info({ procedure, outcome: explain(error).refusal.reason, requestId });
  sendRefusal(error, procedure, requestId, send);
};

/** Makes the context of each request. */
const contextCreator = ({ shop, authSecret, rateLimits, log, metrics, addressOf, traces }: TrpcEdge) => {
  const observeCall = createCallObserver(log, metrics);
  return (request: Asked, requestId: string): Context => {
    const { authorization, cookie } = request.headers;
    let session: ReturnType<Context["session"]> | undefined;
    const readToken = () => sessionTokenOf({ authorization, cookie }, authSecret);
    const lookUp = () => {
      const token = readToken();
      return token === undefined ? Promise.resolve(undefined) : shop.shared.session(token);
    };
    return {
      requestId,
      address: addressOf(request),
      span: traces?.request(`/trpc/${pathOf(request)}`, String(request.headers["traceparent"])),
      shop,
      rateLimits,
      log,
      observeCall,
      session: () => (session ??= lookUp()),
      lastSession() {
        const token = readToken();
        return token === undefined ? undefined : shop.shared.lastSession(token);
      },
    };
  };
};
