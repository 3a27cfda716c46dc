import type { AppRouter } from "@stampede/api/router";
import { createTRPCClient, httpBatchLink, httpLink, splitLink } from "@trpc/client";
import type { Api } from "./api";

// Longer than any answer of a healthy API (its own deadline is 8 s); then the same key is sent again.
const answerMsMax = 10_000;

const timedFetch = (input: RequestInfo | URL | string, init?: RequestInit) => {
  const timeout = AbortSignal.timeout(answerMsMax);
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  return fetch(input, { ...init, signal });
};

const link = {
  url: "/trpc",
  fetch: (input: RequestInfo | URL | string, init?: object) => timedFetch(input, init),
  headers: { "x-trpc-source": "web" },
};

/**
 * The browser's client of the API, over the storefront's own origin. Mutations go one a request,
 * so that a status, a limit and a key mean one thing; queries share requests.
 */
export const api: Api = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: ({ type }) => type === "mutation",
      true: httpLink(link),
      false: httpBatchLink({ ...link, maxItems: 10, maxURLLength: 2_083 }),
    }),
  ],
});
