import "server-only";
import type { AppRouter } from "@stampede/api/router";
import { createTRPCClient, httpLink } from "@trpc/client";
import { apiUrl } from "../env";
import type { Api } from "./api";
import { visitorHeaders } from "./visitor";

// A page that cannot be rendered within this says so instead of keeping a stranger waiting.
const answerMsMax = 5_000;

const clientWith = (headers: Record<string, string>): Api =>
  createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${apiUrl()}/trpc`,
        headers: { "x-trpc-source": "web-server", ...headers },
        fetch: (input: RequestInfo | URL | string, init?: object) =>
          fetch(input, { ...init, cache: "no-store", signal: AbortSignal.timeout(answerMsMax) }),
      }),
    ],
  });

/** What anyone may read; carries no cookie, so its answers can be shared. */
export const publicApi = () => clientWith({});

/** The API as the person who asked for this page. */
export const personalApi = async () => clientWith(await visitorHeaders());
