import type { IncomingMessage, ServerResponse } from "node:http";
import { TRPCError } from "@trpc/server";
import { Refused } from "../refused.ts";
import { errorShape } from "../trpc/error-shape.ts";
import { commandPaths } from "../trpc/procedures.ts";
import { sameHeaders } from "./lean-trpc.ts";
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
  (request: IncomingMessage, response: ServerResponse): (() => void) | undefined;
}

/**
 * Tells commands to come again before anything is done for them, their body not even read: in a storm
 * the shop's time is for those it can serve. Of ten thousand refusals a second, each µs that one takes
 * is 1 % of a core.
 */
export const createDoorkeeper = ({ log, metrics }: Pick<HttpOptions, "log" | "metrics">): Doorkeeper => {
  const answers = new Map([...commandPaths].map((procedure) => [procedure, answerOf(procedure)]));
  let turnedAway = 0;
  const tell = () => {
    log.info({ turnedAway }, "the line was full");
    turnedAway = 0;
  };
  return (request, response) => {
    if (request.method !== "POST") return undefined;
    const procedure = pathOf(request);
    const answer = answers.get(procedure);
    return (
      answer &&
      (() => {
        if (turnedAway++ === 0) setTimeout(tell, tellEveryMs).unref();
        metrics.observeCall(procedure, "OVERLOADED", 0);
        answer(requestIdOf(request), response);
      })
    );
  };
};

/** Writes the refusal of a procedure; only the request's id differs from one to the next. */
const answerOf = (procedure: string) => {
  const mark = "the-request-id";
  const error = errorShape(lineIsFull, procedure, mark);
  const [before, after] = JSON.stringify({ error }).split(mark) as [string, string];
  const length = Buffer.byteLength(before + after);
  return (requestId: string, response: ServerResponse): void => {
    const own = ["x-request-id", requestId, "content-length", String(length + requestId.length)];
    response.writeHead(error.data.httpStatus, [...sameHeaders, "retry-after", "1", ...own]);
    response.end(before + requestId + after);
  };
};
