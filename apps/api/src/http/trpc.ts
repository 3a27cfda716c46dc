import type { IncomingMessage } from "node:http";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { sessionTokenOf } from "../auth/session-token.ts";
import { appRouter } from "../routers/app.ts";
import type { Context } from "../trpc/context.ts";
import { answerPlainCalls, plainCallsOf } from "./lean-trpc.ts";
import type { Handler, HttpOptions } from "./server.ts";
import { batchSizeMax, logUnreached, metaHeaders } from "./trpc-manners.ts";

export type TrpcEdge = Pick<
  HttpOptions,
  "shop" | "authSecret" | "limits" | "log" | "metrics" | "leanEdge"
>;

/** `/trpc/*`: plain calls by the lean handler, everything else by tRPC's own adapter. */
export const createTrpcHandler = (edge: TrpcEdge): Handler => {
  return async (request, response, requestId, body) => {
    const context = createContext(edge, request, requestId);
    const calls = edge.leanEdge ? plainCallsOf(request) : undefined;
    if (calls) return answerPlainCalls(calls, body, request, response, context);
    await nodeHTTPRequestHandler({
      // The adapter takes a body that was read already from here.
      req: Object.assign(request, { body }),
      res: response,
      path: (request.url ?? "").slice("/trpc/".length).split("?")[0]!,
      router: appRouter,
      createContext: async () => context,
      maxBatchSize: batchSizeMax,
      responseMeta: ({ errors }) => ({ headers: metaHeaders(errors) }),
      onError: ({ error, path }) => logUnreached(context, error, path),
    });
  };
};

const createContext = (
  { shop, authSecret, limits, log, metrics }: TrpcEdge,
  { headers }: IncomingMessage,
  requestId: string,
): Context => {
  let session: ReturnType<Context["session"]> | undefined;
  const lookUp = async () => {
    const token = sessionTokenOf(headers, authSecret);
    return token === undefined ? undefined : shop.shared.session(token);
  };
  return { requestId, shop, limits, log, metrics, session: () => (session ??= lookUp()) };
};
