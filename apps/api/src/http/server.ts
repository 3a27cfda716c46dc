import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { toNodeHandler } from "better-auth/node";
import type { Logger } from "pino";
import { v4 as randomId } from "uuid";
import { sessionTokenOf } from "../auth/session-token.ts";
import type { Auth } from "../auth/auth.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { RateLimits } from "../rate-limits.ts";
import { appRouter } from "../routers/app.ts";
import type { Shop } from "../shop.ts";
import type { Context } from "../trpc/context.ts";
import { explain } from "../trpc/error-shape.ts";
import { bodySizeMax, readBody } from "./body.ts";

export interface HttpOptions {
  readonly shop: Shop;
  readonly auth: Auth;
  readonly authSecret: string;
  readonly limits: RateLimits;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whether the process can serve: the database answers and nothing is being shut down. */
  readonly isReady: () => Promise<boolean>;
}

/** Calls in one HTTP request; a page of the storefront makes a handful. */
const batchSizeMax = 100;

type Handler = (request: IncomingMessage, response: ServerResponse, requestId: string) => void | Promise<void>;

/** The API over HTTP: `/trpc/*`, `/api/auth/*`, health and metrics. */
export const createHttpServer = (options: HttpOptions): Server => {
  const routes: readonly (readonly [prefix: string, handler: Handler])[] = [
    ["/trpc/", trpcHandler(options)],
    ["/api/auth/", authHandler(options)],
    ["/health/live", (_request, response) => sendJson(response, 200, { status: "ok" })],
    ["/health/ready", readyHandler(options)],
    ["/metrics", metricsHandler(options)],
  ];
  const server = createServer((request, response) => {
    const requestId = requestIdOf(request);
    response.setHeader("x-request-id", requestId);
    const path = request.url ?? "/";
    const handler = routes.find(([prefix]) => matches(path, prefix))?.[1] ?? notFound;
    Promise.resolve(handler(request, response, requestId)).catch((error: unknown) => {
      options.log.error({ err: error, requestId }, "request failed");
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: "Something went wrong on our side.", requestId });
    });
  });
  // A client has 5 s for its headers and 15 s for the whole request: slow ones hold no socket long.
  server.headersTimeout = 5_000;
  server.requestTimeout = 15_000;
  // Longer than a proxy keeps its side open, so that it never writes into a closing socket.
  server.keepAliveTimeout = 65_000;
  return server;
};

const matches = (path: string, prefix: string) =>
  prefix.endsWith("/") ? path.startsWith(prefix) : path === prefix || path.startsWith(`${prefix}?`);

const trpcHandler = ({ shop, authSecret, limits, log, metrics }: HttpOptions): Handler =>
  async (request, response, requestId) => {
    const createContext = async (): Promise<Context> => {
      let session: ReturnType<Context["session"]> | undefined;
      const lookUp = async () => {
        const token = sessionTokenOf(request.headers, authSecret);
        return token === undefined ? undefined : shop.shared.session(token);
      };
      return { requestId, shop, limits, log, metrics, session: () => (session ??= lookUp()) };
    };
    await nodeHTTPRequestHandler({
      req: request,
      res: response,
      path: (request.url ?? "").slice("/trpc/".length).split("?")[0]!,
      router: appRouter,
      createContext,
      maxBodySize: bodySizeMax,
      maxBatchSize: batchSizeMax,
      responseMeta: ({ errors }) => ({ headers: responseHeaders(errors) }),
      onError: ({ error, path }) => {
        // What reached a procedure has its line already; this is for what did not.
        if (error.code === "INTERNAL_SERVER_ERROR") return;
        const { refusal } = explain(error);
        if (refusal.reason === "INVALID_INPUT" && error.cause === undefined)
          log.info({ procedure: path, outcome: refusal.reason, requestId });
      },
    });
  };

/** Nothing here is for a shared cache, and a proxy must not hold back a streamed batch. */
const responseHeaders = (errors: readonly Parameters<typeof explain>[0][]) => {
  const headers: Record<string, string> = { "cache-control": "no-store, no-transform" };
  const waits = errors.map((error) => retryAfterSeconds(error)).filter((wait) => wait > 0);
  if (waits.length > 0) headers["retry-after"] = String(Math.max(...waits));
  return headers;
};

const retryAfterSeconds = (error: Parameters<typeof explain>[0]): number => {
  const { refusal } = explain(error);
  if (refusal.reason === "RATE_LIMITED") return Math.ceil(refusal.retryAfterMs / 1_000);
  return refusal.reason === "OVERLOADED" ? 1 : 0;
};

const authHandler = ({ auth, log }: HttpOptions): Handler => {
  const handle = toNodeHandler(auth);
  return async (request, response, requestId) => {
    const startedAt = performance.now();
    const body = await readBody(request);
    if (body === "too large") {
      sendJson(response, 413, { message: "The request body is larger than 64 KB." });
      return;
    }
    await handle(Object.assign(request, { body }), response);
    const ms = Number((performance.now() - startedAt).toFixed(1));
    const procedure = (request.url ?? "").split("?")[0];
    log.info({ procedure, outcome: response.statusCode, ms, requestId });
  };
};

const readyHandler = ({ isReady }: HttpOptions): Handler =>
  async (_request, response) => {
    if (await isReady()) sendJson(response, 200, { status: "ready" });
    else sendJson(response, 503, { status: "not ready" });
  };

const metricsHandler = ({ metrics: { registry } }: HttpOptions): Handler =>
  async (_request, response) => {
    response.setHeader("content-type", registry.contentType);
    response.end(await registry.metrics());
  };

const notFound: Handler = (_request, response) =>
  sendJson(response, 404, { message: "There is nothing at this address." });

const sendJson = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};

/** The caller's own id where it is a sensible one, so that its log and ours can be joined. */
const requestIdOf = ({ headers }: IncomingMessage): string => {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w-]{8,64}$/.test(given) ? given : randomId();
};
