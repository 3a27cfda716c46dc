import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { toNodeHandler } from "better-auth/node";
import { createLines } from "../auth/lines.ts";
import { commonHeaders } from "./headers.ts";
import { sendJson, type Handler, type HttpOptions } from "./server.ts";

/** Sign-ins of one account wait for each other this long (ms): ten wrong ones take four seconds. */
const lineMsMax = 5_000;
/**
 * A wrong password is said no sooner (ms): hashes of before argon2id take 90 ms to check, 224 to 262 on a slow
 * and busy machine, and the others 10, which would tell who has not signed in since.
 */
const wrongPasswordMsMin = 350;

/** `/api/auth/*`: better-auth, with what it would stumble over kept from it. */
export const createAuthHandler = ({ auth, log, addressOf }: HttpOptions): Handler => {
  const handle = toNodeHandler(inItsTime(auth.handler));
  const inLine = createLines(lineMsMax);
  return async (request, response, requestId, body) => {
    const startedAt = performance.now();
    if (!isForAuth(request, body)) {
      sendJson(response, 400, { message: "The request is not well-formed." });
      return;
    }
    if (isProgram(request)) dropFetchMetadata(request);
    // For tries, sessions and the trail: who it is, and not who they say they are.
    request.headers["x-forwarded-for"] = addressOf(request);
    request.headers["x-request-id"] = requestId;
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
    const answer = () => handle(Object.assign(request, { body }), response);
    const account = signedInTo(request, body);
    // A try is counted before its password is looked at: of twenty right ones at once, ten would be
    // refused that are no guesses.
    await (account === undefined ? answer() : inLine(account, answer));
    const ms = Number((performance.now() - startedAt).toFixed(1));
    const procedure = (request.url ?? "").split("?")[0];
    log.info({ procedure, outcome: response.statusCode, ms, requestId });
  };
};

const inItsTime =
  (answer: (request: Request) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    const startedAt = performance.now();
    const answered = await answer(request);
    const leftMs = wrongPasswordMsMin - (performance.now() - startedAt);
    if (answered.status === 401 && leftMs > 0) await sleep(leftMs);
    return answered;
  };

/** The account that somebody signs in to; which requests better-auth takes for that is its business. */
const signedInTo = ({ url = "" }: IncomingMessage, body: string): string | undefined => {
  if (!url.startsWith("/api/auth/sign-in/email")) return undefined;
  const [, email = ""] = /"email"\s*:\s*"([^"]*)"/.exec(body) ?? [];
  return email.toLowerCase();
};

/** Neither a page's address nor a cookie: there is no browser, and nothing to forge. */
const isProgram = ({ headers }: IncomingMessage): boolean =>
  headers.origin === undefined && headers.referer === undefined && headers.cookie === undefined;

/**
 * Node's `fetch` sends `sec-fetch-mode` without an origin, which better-auth takes for a browser that
 * hides its own: programs were answered 403 when they signed up.
 */
const dropFetchMetadata = ({ headers }: IncomingMessage): void => {
  for (const name of Object.keys(headers)) if (name.startsWith("sec-fetch-")) delete headers[name];
};

/** better-auth breaks on a host that makes no URL, and on NUL, which PostgreSQL does not store. */
const isForAuth = ({ headers, url = "" }: IncomingMessage, body: string): boolean =>
  URL.canParse(`http://${headers.host ?? "localhost"}`) &&
  !["\0", "\\u0000"].some((nul) => body.includes(nul)) &&
  !url.includes("%00");
