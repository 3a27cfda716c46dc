import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { describeRefusal } from "@stampede/core/refusals";
import { TRPCError } from "@trpc/server";
import type { Logger } from "pino";
import type { Auth } from "../auth/auth.ts";
import { createMetricsReader } from "../observability/metrics-of-all.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Limits } from "../limits.ts";
import type { Traces } from "../observability/traces.ts";
import type { RateLimits } from "../rate-limits.ts";
import { refusalOf } from "../refused.ts";
import type { Shop } from "../shop.ts";
import { errorShape, statusOf } from "../trpc/error-shape.ts";
import { bodyOf } from "../trpc/shared-answer.ts";
import { sendThrough, type Asked, type Send } from "./answer.ts";
import { createAuthHandler } from "./auth.ts";
import { readBody, tooLarge } from "./body.ts";
import type { ClientAddress } from "./client-address.ts";
import { createDoorkeeper } from "./doorkeeper.ts";
import { commonHeaders } from "./headers.ts";
import { plainCallsOf, type PlainCalls } from "./lean-trpc.ts";
import { readPlainConnections, type PlainConnections, type PlainExchange } from "./plain-connections.ts";
import { requestIdOf } from "./request-id.ts";
import { createTrpcHandlers } from "./trpc.ts";
import { createTurnstile } from "./turnstile.ts";

export interface HttpOptions {
  readonly shop: Shop;
  readonly auth: Auth;
  readonly authSecret: string;
  readonly limits: Limits;
  readonly rateLimits: RateLimits;
  readonly addressOf: ClientAddress;
  /** Where spans go, when requests are traced. */
  readonly traces: Traces | undefined;
  /** Origins of pages that may use a session cookie. */
  readonly ownOrigins: readonly string[];
  /** Whether an address may read the metrics. */
  readonly mayReadMetrics: (address: string) => boolean;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Answers plain calls without tRPC's own adapter; off only to compare the two. */
  readonly leanEdge: boolean;
  /** Whether the process can serve: the database answers and nothing is being shut down. */
  readonly isReady: () => Promise<boolean>;
}

/**
 * Answers one request, whose body has been read; what it throws is logged and answered as 500. The
 * answer's headers say which request it was (`x-request-id`).
 */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  body: string,
) => void | Promise<void>;

/** 64 take some 5 ms: so often, in the greatest rush, the database is heard. */
const requestsPerTurn = 64;

/** The API over HTTP. */
export interface HttpServer {
  readonly server: Server;
  /**
   * Takes no new connections, answers what is under way, and lets go of each connection after its
   * answer: a client that keeps asking on one it keeps alive would hold the process for ever.
   */
  close(): Promise<void>;
}

/** `/trpc/*`, `/api/auth/*`, health and metrics. */
export const createHttpServer = (options: HttpOptions): HttpServer => {
  const { limits, log } = options;
  const { handleTrpc, handleCalls } = createTrpcHandlers(options);
  const routes: Routes = [
    ["/trpc/", handleTrpc],
    ["/api/auth/", identified(createAuthHandler(options))],
    ["/health/live", identified((_request, response) => sendJson(response, 200, { status: "ok" }))],
    ["/health/ready", identified(readyHandler(options))],
    ["/metrics", identified(metricsHandler(options))],
  ];
  const { shell } = options.shop;
  const turnstile = createTurnstile({
    perTurn: requestsPerTurn,
    isFull: (inLine) => inLine + shell.waiting() >= limits.commandsWaiting,
    hasRoom: shell.hasRoom,
  });
  shell.onRoom(turnstile.goOn);
  const turnAwayOf = createDoorkeeper(options);
  const pass = (request: Asked, send: Send, begin: () => void) => {
    const turnAway = turnAwayOf(request, send);
    if (turnAway) turnstile.passCommand(begin, turnAway);
    else turnstile.pass(begin);
  };

  const begin = (request: IncomingMessage, response: ServerResponse) => {
    // Nobody waits any more, and nothing was done: with its key, a command may be sent again.
    if (request.destroyed) return;
    const requestId = requestIdOf(request);
    answer(routes, limits.bodyBytes, request, response, requestId).catch((error: unknown) => {
      // The client hung up in the middle of its own request: nobody waits, and nothing is wrong.
      if (request.destroyed && !request.complete) return;
      sendFailure(log, response, requestId, error);
    });
  };
  // Slow clients are looked for this often: they are cut at most 1 s late.
  const settings = { connectionsCheckingInterval: 1_000, maxHeaderSize: limits.headerBytes };
  const server = createServer(settings, (request, response) => {
    pass(request, sendThrough(response), () => begin(request, response));
  });
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;

  const beginPlain = (calls: PlainCalls, { request, send, isGone }: PlainExchange) => {
    if (isGone()) return;
    const requestId = requestIdOf(request);
    const fail = (error: unknown) => {
      const { status, body, headers } = failureOf(log, requestId, error);
      send(status, requestId, bodyOf(JSON.stringify(body)), headers);
    };
    try {
      handleCalls(calls, request, requestId, request.body, send)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
  const take = (exchange: PlainExchange): boolean => {
    const { request, send } = exchange;
    const calls = plainCallsOf(request, limits.batch);
    if (calls) pass(request, send, () => beginPlain(calls, exchange));
    return calls !== undefined;
  };
  const plainConnections = options.leanEdge ? readPlainConnections(server, { limits, take }) : undefined;
  return { server, close: () => closeServer(server, plainConnections) };
};

/** Connections that have nothing to answer any more are looked for this often (ms). */
const closeIdleMs = 50;

const closeServer = (server: Server, plainConnections: PlainConnections | undefined): Promise<void> =>
  new Promise((resolve) => {
    server.prependListener("request", (_request, response: ServerResponse) =>
      response.setHeader("connection", "close"),
    );
    plainConnections?.close();
    const sweep = setInterval(() => server.closeIdleConnections(), closeIdleMs);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

type Routes = readonly (readonly [prefix: string, handler: Handler])[];

/** A handler whose answers say which request they are for. */
const identified =
  (handler: Handler): Handler =>
  (request, response, requestId, body) => {
    response.setHeader("x-request-id", requestId);
    return handler(request, response, requestId, body);
  };

const answer = async (
  routes: Routes,
  bodyBytesMax: number,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> => {
  const { method = "", url = "/" } = request;
  // TRACE and the like: nothing here knows them, and tRPC's own adapter breaks on some.
  if (!methods.has(method)) {
    response.setHeader("x-request-id", requestId);
    response.setHeader("allow", [...methods].join(", "));
    sendJson(response, 405, { message: "There is no such method here." });
    return;
  }
  const body = method === "GET" || method === "HEAD" ? "" : await readBody(request, bodyBytesMax);
  if (body === tooLarge) {
    const error = errorShape(new TRPCError({ code: "PAYLOAD_TOO_LARGE" }), undefined, requestId);
    response.setHeader("x-request-id", requestId);
    sendJson(response, 413, { error });
    return;
  }
  const handler = routes.find(([prefix]) => matches(url, prefix))?.[1] ?? identified(notFound);
  await handler(request, response, requestId, body);
};

const matches = (path: string, prefix: string) =>
  prefix.endsWith("/") ? path.startsWith(prefix) : path === prefix || path.startsWith(`${prefix}?`);

const readyHandler = ({ isReady }: HttpOptions): Handler =>
  async (_request, response) => {
    if (await isReady()) sendJson(response, 200, { status: "ready" });
    else sendJson(response, 503, { status: "not ready" });
  };

const metricsHandler = ({ metrics: { registry }, addressOf, mayReadMetrics }: HttpOptions): Handler => {
  const readMetrics = createMetricsReader(registry);
  return async (request, response, requestId, body) => {
    // How busy the shop is, and with what, is nobody's business out there.
    if (!mayReadMetrics(addressOf(request))) return notFound(request, response, requestId, body);
    const figures = await readMetrics();
    response.writeHead(200, { ...commonHeaders, "content-type": registry.contentType });
    response.end(figures);
  };
};

/** What was thrown past every handler: "come again", or a failure that the log has with its cause. */
const failureOf = (log: Logger, requestId: string, error: unknown) => {
  const refusal = refusalOf(error);
  const isOverloaded = refusal.reason === "OVERLOADED";
  if (!isOverloaded) log.error({ err: error, requestId }, "request failed");
  const { code, message } = describeRefusal(refusal);
  const headers = isOverloaded ? ["retry-after", "1"] : [];
  return { status: statusOf(code), body: { message, requestId }, headers };
};

const sendFailure = (log: Logger, response: ServerResponse, requestId: string, error: unknown): void => {
  const { status, body, headers } = failureOf(log, requestId, error);
  if (response.headersSent) response.destroy();
  else sendThrough(response)(status, requestId, bodyOf(JSON.stringify(body)), headers);
};

const notFound: Handler = (_request, response) =>
  sendJson(response, 404, { message: "There is nothing at this address." });

/** Answers with JSON that is for nobody else and for no cache. */
export const sendJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { ...commonHeaders, "content-type": "application/json" });
  response.end(JSON.stringify(body));
};
