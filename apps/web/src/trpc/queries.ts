import type { Campaign, IssuedCoupon } from "@stampede/core/coupon/schema";
import type { Page } from "@stampede/core/page";
import type { ProductSort } from "@stampede/core/product/schema";
import { infiniteQueryOptions, queryOptions, replaceEqualDeep } from "@tanstack/react-query";
import { noteServerTime } from "../lib/server-clock";
import { browserApi, type Api } from "./api";
import { catalogPageSize } from "./page-size";

/**
 * Stock and what is left of a campaign are never older than three seconds on a page. Each browser
 * has a rhythm of its own, so that a crowd that arrived together does not ask together for ever.
 * A page that nobody looks at does not ask.
 */
const liveMs = 1_800 + Math.random() * 400;
/** What everybody sees the same of, and the API reads once for all who ask. */
export const live = { refetchInterval: liveMs, staleTime: liveMs } as const;

/** What is one's own changes by one's own doing, which asks again itself. */
const personal = { staleTime: 10_000 } as const;

// Two clocks drift apart by milliseconds in this time.
const clockMs = 30_000;

// The largest page there is.
const pageSizeMax = 100;

// The shop lists open and coming campaigns. One that ends while it is looked at stays, as ended.
const withEnded = (before: Campaign[] = [], now: Campaign[]): Campaign[] => {
  const listed = new Set(now.map(({ couponId }) => couponId));
  return [...now, ...before.filter(({ couponId }) => !listed.has(couponId))];
};

/** All a shopper's coupons: one of each campaign at most, so a few pages hold them. */
const allCoupons = async (api: Api): Promise<IssuedCoupon[]> => {
  const coupons: IssuedCoupon[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<IssuedCoupon> = await api.coupon.mine.query({
      limit: pageSizeMax,
      ...(cursor && { cursor }),
    });
    coupons.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return coupons;
};

/** Asks the shop what time it is, and remembers how far off the clock of this machine is. */
const readClock = async (api: Api): Promise<string> => {
  const sentAt = Date.now();
  const { now } = await api.shop.clock.query();
  noteServerTime({ server: Date.parse(now), sentAt, receivedAt: Date.now() });
  return now;
};

/** Every query of the storefront, by the name of its procedure, put to this API. */
export const queriesOf = (api: () => Promise<Api>) => ({
  clock: () =>
    queryOptions({
      queryKey: ["shop.clock"],
      queryFn: async () => readClock(await api()),
      refetchInterval: clockMs,
      staleTime: clockMs,
    }),
  product: (productId: string) =>
    queryOptions({
      queryKey: ["product.byId", productId],
      queryFn: async () => (await api()).product.byId.query({ productId }),
      ...live,
    }),
  popular: () =>
    queryOptions({
      queryKey: ["product.popular"],
      queryFn: async () => (await api()).product.popular.query(),
      ...live,
    }),
  catalog: (query: string, sort: ProductSort, limit = catalogPageSize) =>
    infiniteQueryOptions({
      queryKey: ["product.list", query, sort, limit],
      queryFn: async ({ pageParam }) =>
        (await api()).product.list.query({
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
      queryFn: async () => (await api()).coupon.list.query(),
      structuralSharing: (before, now) =>
        replaceEqualDeep(before, withEnded(before as Campaign[] | undefined, now as Campaign[])),
      ...live,
    }),
  myCoupons: () =>
    queryOptions({
      queryKey: ["coupon.mine"],
      queryFn: async () => allCoupons(await api()),
      ...personal,
    }),
  balance: () =>
    queryOptions({
      queryKey: ["wallet.balance"],
      queryFn: async () => (await api()).wallet.balance.query(),
      ...personal,
    }),
  history: () =>
    infiniteQueryOptions({
      queryKey: ["wallet.history"],
      queryFn: async ({ pageParam }) =>
        (await api()).wallet.history.query({ limit: 20, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      ...personal,
    }),
  orders: () =>
    infiniteQueryOptions({
      queryKey: ["order.list"],
      queryFn: async ({ pageParam }) =>
        (await api()).order.list.query({ limit: 20, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      ...personal,
    }),
  adminOrders: () =>
    infiniteQueryOptions({
      queryKey: ["admin.order.list"],
      queryFn: async ({ pageParam }) =>
        (await api()).admin.order.list.query({ limit: 50, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      refetchInterval: liveMs,
    }),
  audit: () =>
    queryOptions({
      queryKey: ["admin.audit"],
      queryFn: async () => (await api()).admin.audit.query(),
      refetchInterval: 30_000,
    }),
});
export type Queries = ReturnType<typeof queriesOf>;

/** The queries as the browser asks them. */
export const queries: Queries = queriesOf(browserApi);
