import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { AppRouter, RouterInputs, RouterOutputs } from "@stampede/api/router";
import { createTRPCClient, httpLink, type TRPCClientError } from "@trpc/client";
import { expect, expectTypeOf, test } from "vitest";

/*
 * A program that imports nothing of the shop but the router's type. Its promises are kept by the
 * compiler: the last test compiles this file.
 */

const client = createTRPCClient<AppRouter>({ links: [httpLink({ url: "http://localhost/trpc" })] });

type Instant = string;
type Discount =
  | { type: "FIXED"; amount: number }
  | { type: "PERCENT"; percent: number; maxAmount: number | null };
interface Product {
  productId: string;
  name: string;
  description: string;
  price: number;
  stock: number;
  imageUrl: string | null;
}
interface PopularProduct extends Product {
  rank: number;
  orderCount: number;
}
interface Paid {
  orderId: string;
  totalAmount: number;
  discountAmount: number;
  paidAmount: number;
  paidAt: Instant;
}
interface PlacedOrder extends Paid {
  balance: number;
}
interface Order extends Paid {
  lines: { productId: string; name: string; unitPrice: number; quantity: number }[];
}
interface AdminOrder extends Order {
  userId: string;
}

test("outputs are the contract's", () => {
  expectTypeOf<RouterOutputs["product"]["byId"]>().toEqualTypeOf<Product>();
  expectTypeOf<RouterOutputs["product"]["list"]>().toEqualTypeOf<{
    items: Product[];
    nextCursor: string | null;
  }>();
  expectTypeOf<RouterOutputs["product"]["popular"][number]>().toEqualTypeOf<PopularProduct>();
  expectTypeOf<RouterOutputs["coupon"]["list"][number]>().toEqualTypeOf<{
    couponId: string;
    name: string;
    discount: Discount;
    totalQuantity: number;
    remainingQuantity: number;
    issueStartsAt: Instant;
    issueEndsAt: Instant;
    validFrom: Instant;
    validUntil: Instant;
  }>();
  expectTypeOf<RouterOutputs["coupon"]["claim"]>().toEqualTypeOf<{
    issuedCouponId: string;
    couponId: string;
    name: string;
    discount: Discount;
    sequence: number;
    validFrom: Instant;
    validUntil: Instant;
    status: "ISSUED" | "USED" | "EXPIRED";
    issuedAt: Instant;
  }>();
  expectTypeOf<RouterOutputs["wallet"]["charge"]>().toEqualTypeOf<{
    userId: string;
    balance: number;
  }>();
  expectTypeOf<RouterOutputs["wallet"]["history"]["items"][number]>().toEqualTypeOf<{
    entryId: string;
    type: "CHARGE" | "USE";
    amount: number;
    balanceAfter: number;
    orderId: string | null;
    createdAt: Instant;
  }>();
  expectTypeOf<RouterOutputs["order"]["place"]>().toEqualTypeOf<PlacedOrder>();
  expectTypeOf<RouterOutputs["order"]["byId"]>().toEqualTypeOf<Order>();
  type Listed = RouterOutputs["admin"]["order"]["list"]["items"][number];
  expectTypeOf<Listed>().toEqualTypeOf<AdminOrder>();
  expectTypeOf<RouterOutputs["admin"]["audit"]["ok"]>().toEqualTypeOf<boolean>();
});

test("inputs are the contract's", () => {
  expectTypeOf<RouterInputs["wallet"]["charge"]>().toEqualTypeOf<{
    amount: number;
    idempotencyKey: string;
  }>();
  expectTypeOf<RouterInputs["order"]["place"]>().toEqualTypeOf<{
    items: { productId: string; quantity: number }[];
    issuedCouponId?: string | undefined;
    expectedPaidAmount?: number | undefined;
    idempotencyKey: string;
  }>();
  expectTypeOf<RouterInputs["coupon"]["claim"]>().toEqualTypeOf<{
    couponId: string;
    idempotencyKey: string;
  }>();
  type ListInput = Extract<RouterInputs["product"]["list"], object>;
  expectTypeOf<ListInput["sort"]>().toEqualTypeOf<
    "newest" | "priceAsc" | "priceDesc" | undefined
  >();
});

/** Never run: what must not compile. */
export const mistakes = () => [
  // @ts-expect-error -- a key is needed
  client.wallet.charge.mutate({ amount: 1_000 }),
  // @ts-expect-error -- money is a number
  client.wallet.charge.mutate({ amount: "1000", idempotencyKey: "12345678" }),
  // @ts-expect-error -- a mutation is not a query
  client.wallet.charge.query,
  // @ts-expect-error -- nobody says for whom
  client.wallet.balance.query({ userId: "somebody" }),
  // @ts-expect-error -- there is no such sort
  client.product.list.query({ sort: "cheapest" }),
  // @ts-expect-error -- there is no such procedure
  client.wallet.withdraw,
];

test("queries without input and lists take none", () => {
  type Input<Query> = Query extends (input?: infer I, ...rest: never[]) => unknown ? I : never;
  expectTypeOf<Input<typeof client.wallet.balance.query>>().not.toBeNever();
  expectTypeOf<Input<typeof client.order.list.query>>().not.toBeNever();
});

test("errors carry the reason, the retry rule and what their sentence needs", () => {
  type Data = NonNullable<TRPCClientError<AppRouter>["data"]>;
  expectTypeOf<Data["retry"]>().toEqualTypeOf<"never" | "afterChange" | "later">();
  expectTypeOf<Data["httpStatus"]>().toEqualTypeOf<number>();
  expectTypeOf<"COUPON_SOLD_OUT">().toExtend<Data["reason"]>();
  expectTypeOf<"SOMETHING_ELSE">().not.toExtend<Data["reason"]>();
  expectTypeOf<{
    lines: { productId: string; requested: number; available: number }[];
  }>().toExtend<Data["details"]>();
});

test("this program compiles, its mistakes do not", async () => {
  const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
  const project = fileURLToPath(new URL(".", import.meta.url));
  const compiling = promisify(execFile)(tsc, ["--noEmit", "--project", project]);
  const { stdout } = await compiling.catch((failed: { stdout: string }) => failed);
  expect(stdout).toBe("");
});
