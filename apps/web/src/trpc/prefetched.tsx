import "server-only";
import { dehydrate, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queriesOf, type Queries } from "./queries";
import { personalApi } from "./server";

/**
 * Reads as the person who asked for this page, and hands the answers to the queries below. Belongs
 * under a `Suspense` whose fallback has the same shape: the page around it does not wait. A read
 * that fails is left to the browser, which asks again and says why.
 */
export const Prefetched = async ({
  load,
  children,
}: {
  load: (client: QueryClient, queries: Queries) => readonly Promise<void>[];
  children: ReactNode;
}) => {
  // One for each page: what is somebody's own is never kept between requests.
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const api = await personalApi();
  await Promise.all(load(client, queriesOf(async () => api)));
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
};
