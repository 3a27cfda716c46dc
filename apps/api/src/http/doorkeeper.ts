import { TRPCError } from "@trpc/server";
import { Refused } from "../refused.ts";
import { errorShape } from "../trpc/error-shape.ts";
import { commandPaths } from "../trpc/procedures.ts";
import { refusalBody } from "../trpc/refusal-body.ts";
import type { Asked, Send } from "./answer.ts";
import { requestIdOf } from "./request-id.ts";
import type { HttpOptions } from "./server.ts";
import { pathOf } from "./trpc.ts";

const lineIsFull = new TRPCError({
  code: "SERVICE_UNAVAILABLE",
  cause: new Refused({ reason: "OVERLOADED" }),
});

/** Of those who are turned away the log hears together, this often (ms): ten thousand a second may be. */
const tellEveryMs = 1_000;

/** How a request is told to come again; `undefined` for one that may not be, as it is no command. */
export interface Doorkeeper {
  (request: Asked, send: Send): (() => void) | undefined;
}

/**
 * Tells commands to come again before anything is done for them: in a storm
 * the shop's time is for those it can serve. Of ten thousand refusals a second, each µs that one takes
 * is 1 % of a core.
 */
export const createDoorkeeper = ({ log, metrics }: Pick<HttpOptions, "log" | "metrics">): Doorkeeper => {
  let turnedAway = 0;
  const tell = () => {
    log.info({ turnedAway }, "the line was full");
    turnedAway = 0;
  };
  return (request, send) => {
    if (request.method !== "POST") return undefined;
    const procedure = pathOf(request);
    if (!commandPaths.has(procedure)) return undefined;
    return () => {
      if (turnedAway++ === 0) setTimeout(tell, tellEveryMs).unref();
      metrics.observeCall(procedure, "OVERLOADED", 0);
      const requestId = requestIdOf(request);
      send(status, requestId, refusalBody(lineIsFull, procedure, requestId), comeAgain);
    };
  };
};

const { httpStatus: status } = errorShape(lineIsFull, undefined, undefined).data;
const comeAgain = ["retry-after", "1"];
