import type { Campaign } from "@stampede/core/coupon/schema";
import type { ProductSort } from "@stampede/core/product/schema";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { trpc } from "./browser";
import { catalogPageSize } from "./page-size";

/** Stock and what is left of a campaign are never older than three seconds on a page. */
const liveMs = 2_000;
const live = { refetchInterval: liveMs, staleTime: liveMs } as const;

// The shop lists open and coming campaigns. One that ends while it is looked at stays, as ended.
const withEnded = (before: Campaign[] = [], now: Campaign[]): Campaign[] => {
  const listed = new Set(now.map(({ couponId }) => couponId));
  return [...now, ...before.filter(({ couponId }) => !listed.has(couponId))];
};

/** Every query of the storefront, by the name of its procedure. */
export const queries = {
  product: (productId: string) =>
    queryOptions({
      queryKey: ["product.byId", productId],
      queryFn: () => trpc.product.byId.query({ productId }),
      ...live,
    }),
  popular: () =>
    queryOptions({
      queryKey: ["product.popular"],
      queryFn: () => trpc.product.popular.query(),
      ...live,
    }),
  catalog: (query: string, sort: ProductSort, limit = catalogPageSize) =>
    infiniteQueryOptions({
      queryKey: ["product.list", query, sort, limit],
      queryFn: ({ pageParam }) =>
        trpc.product.list.query({
          sort,
          limit,
          ...(query && { query }),
          ...(pageParam && { cursor: pageParam }),
        }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      ...live,
    }),
  campaigns: () =>
    queryOptions({
      queryKey: ["coupon.list"],
      queryFn: () => trpc.coupon.list.query(),
      structuralSharing: (before, now) => withEnded(before as Campaign[] | undefined, now as Campaign[]),
      ...live,
    }),
  myCoupons: () =>
    queryOptions({
      queryKey: ["coupon.mine"],
      queryFn: async () => (await trpc.coupon.mine.query({ limit: 100 })).items,
      staleTime: 10_000,
    }),
  balance: () =>
    queryOptions({ queryKey: ["wallet.balance"], queryFn: () => trpc.wallet.balance.query() }),
  history: () =>
    infiniteQueryOptions({
      queryKey: ["wallet.history"],
      queryFn: ({ pageParam }) =>
        trpc.wallet.history.query({ limit: 20, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      // The log is written after the charge: look again until it has arrived.
      refetchInterval: liveMs,
    }),
  orders: () =>
    infiniteQueryOptions({
      queryKey: ["order.list"],
      queryFn: ({ pageParam }) =>
        trpc.order.list.query({ limit: 20, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  adminOrders: () =>
    infiniteQueryOptions({
      queryKey: ["admin.order.list"],
      queryFn: ({ pageParam }) =>
        trpc.admin.order.list.query({ limit: 50, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      refetchInterval: liveMs,
    }),
  audit: () =>
    queryOptions({
      queryKey: ["admin.audit"],
      queryFn: () => trpc.admin.audit.query(),
      refetchInterval: 30_000,
    }),
};
