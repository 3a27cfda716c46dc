import type { AppRouter } from "@stampede/api/router";
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  splitLink,
} from "@trpc/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

/* Programs bring the link they like, and the fetch of their Node. */

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const linksOf = (url: string, headers: Record<string, string>) => ({
  httpLink: httpLink({ url, headers }),
  httpBatchLink: httpBatchLink({ url, headers, maxURLLength: 2_083 }),
  httpBatchStreamLink: httpBatchStreamLink({ url, headers }),
  splitLink: splitLink({
    condition: ({ type }) => type === "mutation",
    true: httpLink({ url, headers }),
    false: httpBatchLink({ url, headers }),
  }),
});
type LinkName = keyof ReturnType<typeof linksOf>;

const names: LinkName[] = ["httpLink", "httpBatchLink", "httpBatchStreamLink", "splitLink"];

describe.each(names)("through %s", (name) => {
  const clientOf = ({ token }: Pick<Person, "token">) => {
    const links = linksOf(`${shop.url}/trpc`, { authorization: `Bearer ${token}` });
    return createTRPCClient<AppRouter>({ links: [links[name]] });
  };

  test("reads, commands and refusals are what they are, one by one and many at once", async () => {
    const shopper = await shop.shopper(5_000);
    const { userId } = shopper;
    const product = await shop.product();
    const { productId } = product;
    const client = clientOf(shopper);
    const [balance, read, popular, unknown] = await Promise.allSettled([
      client.wallet.balance.query(),
      client.product.byId.query({ productId }),
      client.product.popular.query(),
      client.product.byId.query({ productId: "unknown" }),
    ]);
    expect(balance).toEqual({ status: "fulfilled", value: { userId, balance: 5_000 } });
    expect(read).toEqual({ status: "fulfilled", value: product });
    expect(popular.status).toBe("fulfilled");
    expect(unknown).toMatchObject({
      status: "rejected",
      reason: { data: { reason: "PRODUCT_NOT_FOUND", retry: "never", httpStatus: 404 } },
    });

    const key = newKey();
    // Sent side by side, they may arrive in any order.
    const [first, same, other] = await Promise.all(
      [key, key, newKey()].map((idempotencyKey) =>
        client.wallet.charge.mutate({ amount: 1_000, idempotencyKey }),
      ),
    );
    expect(same).toEqual(first);
    expect([first!, other!].toSorted((a, b) => a.balance - b.balance)).toEqual([
      { userId, balance: 6_000 },
      { userId, balance: 7_000 },
    ]);
    await expectRefused(
      client.order.place.mutate({
        items: [{ productId, quantity: 101 }],
        idempotencyKey: newKey(),
      }),
      "INSUFFICIENT_STOCK",
      { details: { lines: [{ productId, requested: 101, available: 100 }] } },
    );
  });

  test("whoever has no session hears it of each call of their own", async () => {
    const nobody = clientOf({ token: "worn-out" });
    const [list, balance] = await Promise.allSettled([
      nobody.product.list.query(),
      nobody.wallet.balance.query(),
    ]);
    expect(list.status).toBe("fulfilled");
    expect(balance).toMatchObject({
      status: "rejected",
      reason: { data: { reason: "UNAUTHENTICATED", httpStatus: 401 } },
    });
  });
});
