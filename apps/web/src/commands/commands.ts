import type { ClaimInput, IssuedCoupon } from "@stampede/core/coupon/schema";
import type { PlacedOrder, PlaceOrderInput } from "@stampede/core/order/schema";
import type { Product, RestockInput } from "@stampede/core/product/schema";
import type { Balance, ChargeInput } from "@stampede/core/wallet/schema";
import { browserApi } from "../trpc/api";

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
  "order.place": async (input, idempotencyKey) =>
    (await browserApi()).order.place.mutate({ ...input, idempotencyKey }),
  "wallet.charge": async (input, idempotencyKey) =>
    (await browserApi()).wallet.charge.mutate({ ...input, idempotencyKey }),
  "coupon.claim": async (input, idempotencyKey) =>
    (await browserApi()).coupon.claim.mutate({ ...input, idempotencyKey }),
  "admin.product.restock": async (input, idempotencyKey) =>
    (await browserApi()).admin.product.restock.mutate({ ...input, idempotencyKey }),
};
