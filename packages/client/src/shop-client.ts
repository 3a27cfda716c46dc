import type { AppRouter } from "@stampede/api/router";
import { createTRPCClient, httpLink, TRPCClientError, type TRPCClient } from "@trpc/client";

export interface ShopClientOptions {
  /** Where the API listens, without a path: `http://localhost:4000`. */
  readonly url: string;
  /** A session token: what `signUp` and `signIn` answer. Without one only public procedures work. */
  readonly token?: string;
}

/** The shop's procedures, typed from the router itself. Money is whole KRW, times are ISO 8601. */
export type ShopClient = TRPCClient<AppRouter>;

export const createShopClient = ({ url, token }: ShopClientOptions): ShopClient =>
  createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url}/trpc`,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      }),
    ],
  });

/** What an error of the shop says: `reason`, `retry`, and the details its reason carries. */
export type ShopErrorData = NonNullable<TRPCClientError<AppRouter>["data"]>;

/** The shop's answer in an error, or `undefined` when it never came to one (the network, say). */
export const shopErrorOf = (error: unknown): ShopErrorData | undefined =>
  error instanceof TRPCClientError ? ((error as TRPCClientError<AppRouter>).data ?? undefined) : undefined;

/** Creates a shopper, with an empty wallet, and answers a session token. */
export const signUp = (url: string, name: string, email: string, password: string) =>
  askForToken(`${url}/api/auth/sign-up/email`, { name, email, password });

/** Answers a session token. */
export const signIn = (url: string, email: string, password: string) =>
  askForToken(`${url}/api/auth/sign-in/email`, { email, password });

const askForToken = async (url: string, body: object): Promise<string> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { token?: string; message?: string };
  if (!response.ok || answer.token === undefined)
    throw new Error(answer.message ?? `The shop answered ${response.status}.`);
  return answer.token;
};
