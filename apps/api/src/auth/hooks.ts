import { createHmac } from "node:crypto";
import { recordInTrail } from "@stampede/db/write/trail";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { countedAddress } from "../http/client-address.ts";
import { Refused } from "../refused.ts";
import type { AuthOptions } from "./auth.ts";
import { renewHash } from "./passwords.ts";

/*
 * What happens around better-auth's own endpoints: tries are counted, an old session ends where a new
 * one begins, an old hash is renewed, a new password ends all sessions, and the trail hears of it. They
 * are hooks, not checks of addresses at the edge, because the library alone knows which address means
 * which endpoint.
 */

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** What the trail calls an endpoint; what is not here leaves no trace. */
const actions: Readonly<Record<string, string>> = {
  "/sign-up/email": "sign-up",
  "/sign-in/email": "sign-in",
  "/sign-out": "sign-out",
  "/change-password": "change-password",
  "/update-user": "update-user",
  "/revoke-session": "revoke-session",
  "/revoke-sessions": "revoke-sessions",
  "/revoke-other-sessions": "revoke-sessions",
};

/** The hooks of better-auth. A call that is no request (the seed's) passes untouched. */
export const createAuthHooks = (options: AuthOptions) => ({
  before: createAuthMiddleware(async (ctx) => {
    if (!ctx.request) return undefined;
    await countTry(options, ctx);
    // Whoever has the old password, and a session, has nothing after this.
    if (ctx.path === "/change-password")
      return { context: { body: { ...bodyOf(ctx), revokeOtherSessions: true } } };
    return undefined;
  }),

  after: createAuthMiddleware(async (ctx) => {
    const action = actions[ctx.path];
    if (!ctx.request || action === undefined) return;
    const outcome = outcomeOf(ctx.context.returned);
    if (action === "sign-in" && outcome === "OK") {
      await options.rateLimits.forgiveSignIn(accountOf(options, ctx));
      await endOldSession(ctx);
      const { password } = bodyOf(ctx);
      const userId = ctx.context.newSession?.user.id;
      if (userId && typeof password === "string") await renewHash(options.plain.db, userId, password);
    }
    await recordInTrail(options.plain.db, {
      action,
      outcome,
      actorId: (ctx.context.newSession ?? ctx.context.session)?.user.id,
      target: action.startsWith("sign-") && action !== "sign-out" ? accountOf(options, ctx) : undefined,
      requestId: ctx.headers?.get("x-request-id") ?? undefined,
      address: addressOf(ctx),
    });
  }),
});

const bodyOf = ({ body }: Context): Record<string, unknown> =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};

/** The edge has put the client's address here, whatever was in it before. */
const addressOf = ({ headers }: Context): string => headers?.get("x-forwarded-for") ?? "";

/** An account by its e-mail address, without the address; the same for all processes. */
const accountOf = ({ secret }: AuthOptions, ctx: Context): string => {
  const { email } = bodyOf(ctx);
  const text = typeof email === "string" ? email.trim().toLowerCase() : "";
  return createHmac("sha256", secret).update(`account:${text}`).digest("base64url").slice(0, 22);
};

/** Counts before the password is looked at: of two hundred guesses at once, ten are answered. */
const countTry = async (options: AuthOptions, ctx: Context): Promise<void> => {
  if (ctx.method === "GET") return;
  const { rateLimits } = options;
  const address = countedAddress(addressOf(ctx));
  try {
    if (ctx.path === "/sign-in/email") await rateLimits.countSignIn(accountOf(options, ctx), address);
    else if (ctx.path === "/sign-up/email") await rateLimits.countSignUp(address);
    else await rateLimits.countAccountChange(address);
  } catch (thrown) {
    if (!(thrown instanceof Refused) || thrown.refusal.reason !== "RATE_LIMITED") throw thrown;
    const seconds = Math.max(1, Math.ceil(thrown.refusal.retryAfterMs / 1_000));
    throw new APIError(
      "TOO_MANY_REQUESTS",
      { code: "RATE_LIMITED", message: `Too many tries; come again in ${seconds} s.` },
      { "Retry-After": String(seconds) },
    );
  }
};

const outcomeOf = (returned: unknown): string => {
  if (!(returned instanceof APIError)) return "OK";
  const { code } = returned.body ?? {};
  return typeof code === "string" ? code : "REFUSED";
};

/** A sign-in in a browser that has a session already: the new one takes its place. */
const endOldSession = async (ctx: Context): Promise<void> => {
  // A program's bearer token is no cookie, and its other sessions are its own business.
  if (ctx.headers?.has("authorization")) return;
  const { authCookies, secret, internalAdapter } = ctx.context;
  const token = await ctx.getSignedCookie(authCookies.sessionToken.name, secret);
  if (token) await internalAdapter.deleteSession(token);
};
