import type { Credentials, Registration } from "./schema";

/** Why somebody could not come in; each has its sentence in the messages. */
export type AuthProblem =
  | "INVALID_EMAIL_OR_PASSWORD"
  | "USER_ALREADY_EXISTS"
  | "PASSWORD_TOO_SHORT"
  | "PASSWORD_TOO_LONG"
  | "INVALID_EMAIL"
  | "RATE_LIMITED"
  | "NETWORK";

const known = {
  INVALID_EMAIL_OR_PASSWORD: "INVALID_EMAIL_OR_PASSWORD",
  USER_ALREADY_EXISTS: "USER_ALREADY_EXISTS",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "USER_ALREADY_EXISTS",
  PASSWORD_TOO_SHORT: "PASSWORD_TOO_SHORT",
  PASSWORD_TOO_LONG: "PASSWORD_TOO_LONG",
  INVALID_EMAIL: "INVALID_EMAIL",
} as const satisfies Record<string, AuthProblem>;

const post = async (path: string, body: object): Promise<AuthProblem | null> => {
  try {
    const answer = await fetch(`/api/auth/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) return null;
    if (answer.status === 429) return "RATE_LIMITED";
    const { code = "" } = (await answer.json()) as { code?: string };
    return code in known ? known[code as keyof typeof known] : "NETWORK";
  } catch {
    return "NETWORK";
  }
};

export const signIn = (credentials: Credentials) => post("sign-in/email", credentials);

export const signUp = (registration: Registration) => post("sign-up/email", registration);

export const signOut = () => post("sign-out", {});

// Any origin will do: what leaves it leaves the shop.
const here = "http://shop.invalid";

/** Where to go after signing in: an address of this shop and no other, read as browsers read it. */
export const safeNext = (next: string | undefined): string => {
  if (!next?.startsWith("/") || !URL.canParse(next, here)) return "/";
  const { origin, pathname, search, hash } = new URL(next, here);
  return origin === here ? pathname + search + hash : "/";
};
