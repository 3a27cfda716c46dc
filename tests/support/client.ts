import type { AppRouter } from "@stampede/api/router";
import { createTRPCClient, httpLink, TRPCClientError, type TRPCClient } from "@trpc/client";
import type { inferRouterError } from "@trpc/server";
import type { Http } from "./http.ts";

/** The client any program would make of the router's type. */
export type Client = TRPCClient<AppRouter>;

export function createClient(http: Http, apiUrl: string, token?: string): Client {
  return createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${apiUrl}/trpc`,
        fetch: http.fetch,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      }),
    ],
  });
}

/** The `data` of an answer that is an error. */
export type RefusalData = inferRouterError<AppRouter>["data"];

/** What the shop said when it refused; undefined when it was not the shop that failed. */
export function refusalOf(error: unknown): RefusalData | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  return (error as TRPCClientError<AppRouter>).data ?? undefined;
}

let keys = 0;

/** A new intention. */
export function newKey(): string {
  keys += 1;
  return `test-key-${process.pid}-${keys}`;
}
