import type { IncomingMessage, ServerResponse } from "node:http";
import { TRPCError } from "@trpc/server";
import { Refused } from "../refused.ts";
import { createCallObserver } from "../trpc/call-observer.ts";
import { commandPaths } from "../trpc/procedures.ts";
import { sendRefusal } from "./lean-trpc.ts";
import { requestIdOf } from "./request-id.ts";
import type { HttpOptions } from "./server.ts";
import { pathOf } from "./trpc.ts";

const lineIsFull = new TRPCError({
  code: "SERVICE_UNAVAILABLE",
  cause: new Refused({ reason: "OVERLOADED" }),
});

/**
 * When no more commands may wait, who comes with another is told so (true) before anything is done for
 * them, their body not even read: in a storm the shop's time is for those it can serve.
 */
export const createDoorkeeper = ({ shop, log, metrics }: Pick<HttpOptions, "shop" | "log" | "metrics">) => {
  const observeCall = createCallObserver(log, metrics);
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!shop.shell.isFull() || request.method !== "POST") return false;
    const procedure = pathOf(request);
    if (!commandPaths.has(procedure)) return false;
    const requestId = requestIdOf(request);
    observeCall(procedure, requestId, 0, lineIsFull);
    sendRefusal(lineIsFull, procedure, requestId, response);
    return true;
  };
};
