import type { ClaimInput, IssuedCoupon } from "@stampede/core/coupon/schema";
import type { PlacedOrder, PlaceOrderInput } from "@stampede/core/order/schema";
import type { Product, RestockInput } from "@stampede/core/product/schema";
import type { Balance, ChargeInput } from "@stampede/core/wallet/schema";
import { trpc } from "../trpc/browser";

/** What is sent and what comes back, by the name of its procedure. */
export interface CommandTypes {
  "order.place": { input: PlaceOrderInput; reply: PlacedOrder };
  "wallet.charge": { input: ChargeInput; reply: Balance };
  "coupon.claim": { input: ClaimInput; reply: IssuedCoupon };
  "admin.product.restock": { input: RestockInput; reply: Product };
}

export type CommandName = keyof CommandTypes;

type Send<N extends CommandName> = (
  input: CommandTypes[N]["input"],
  idempotencyKey: string,
) => Promise<CommandTypes[N]["reply"]>;

/** How each keyed mutation is sent. */
export const sendCommand: { readonly [N in CommandName]: Send<N> } = {
  "order.place": (input, idempotencyKey) => trpc.order.place.mutate({ ...input, idempotencyKey }),
  "wallet.charge": (input, idempotencyKey) =>
    trpc.wallet.charge.mutate({ ...input, idempotencyKey }),
  "coupon.claim": (input, idempotencyKey) => trpc.coupon.claim.mutate({ ...input, idempotencyKey }),
  "admin.product.restock": (input, idempotencyKey) =>
    trpc.admin.product.restock.mutate({ ...input, idempotencyKey }),
};
