import type {
  Command,
  CouponTerms,
  Decision,
  IssuedCouponRow,
  CommandRequest,
  Rows,
  WalletRow,
} from "../decision.ts";
import type { RefusalOf } from "../refusals.ts";
import { err, ok, type Result } from "../result.ts";
import { isWithin, type Instant } from "../time.ts";
import { mergeItems, priceOrder, shortLines, type OrderPrice, type PricedLine } from "./price.ts";
import type { PlacedOrder, PlaceOrderInput } from "./schema.ts";

export type CouponUseRefused = RefusalOf<
  "COUPON_NOT_FOUND" | "COUPON_ALREADY_USED" | "COUPON_NOT_VALID_NOW"
>;
export type PlaceOrderRefused =
  | CouponUseRefused
  | RefusalOf<
      | "WALLET_NOT_FOUND"
      | "PRODUCT_NOT_FOUND"
      | "INSUFFICIENT_STOCK"
      | "PRICE_CHANGED"
      | "INSUFFICIENT_BALANCE"
    >;

type UsableCoupon = IssuedCouponRow & { readonly terms: CouponTerms };

/** O4: a coupon is good for its owner, within its period of use, and once. */
const checkCoupon = (
  coupon: UsableCoupon | undefined,
  userId: string,
  at: Instant,
): Result<UsableCoupon, CouponUseRefused> => {
  if (!coupon || coupon.userId !== userId) return err({ reason: "COUPON_NOT_FOUND" });
  if (coupon.orderId !== null) return err({ reason: "COUPON_ALREADY_USED" });
  if (!isWithin(at, coupon.terms.validFrom, coupon.terms.validUntil))
    return err({ reason: "COUPON_NOT_VALID_NOW" });
  return ok(coupon);
};

/**
 * Orders and pays at once (O1). Refusals come in the order a person would meet them: products,
 * stock, coupon, price, balance. Success takes stock, balance and coupon together, or nothing (O7).
 */
export const decidePlaceOrder = (
  rows: Pick<Rows, "wallets" | "products" | "issuedCoupons">,
  request: CommandRequest<PlaceOrderInput>,
): Result<Decision<PlacedOrder>, PlaceOrderRefused> => {
  const { actorId, at, input } = request;
  const wallet = rows.wallets.get(actorId);
  if (!wallet) return err({ reason: "WALLET_NOT_FOUND" });

  const lines = mergeItems(input.items, rows.products);
  if (!lines) return err({ reason: "PRODUCT_NOT_FOUND" });
  const short = shortLines(lines);
  if (short.length > 0) return err({ reason: "INSUFFICIENT_STOCK", details: { lines: short } });

  let coupon: UsableCoupon | undefined;
  if (input.issuedCouponId !== undefined) {
    const checked = checkCoupon(rows.issuedCoupons.get(input.issuedCouponId), actorId, at);
    if (!checked.ok) return checked;
    coupon = checked.value;
  }

  const price = priceOrder(lines, coupon?.terms.discount);
  if (input.expectedPaidAmount !== undefined && input.expectedPaidAmount !== price.paidAmount)
    return err({
      reason: "PRICE_CHANGED",
      details: { expected: input.expectedPaidAmount, actual: price.paidAmount },
    });
  if (wallet.balance < price.paidAmount)
    return err({
      reason: "INSUFFICIENT_BALANCE",
      details: { required: price.paidAmount, balance: wallet.balance },
    });

  return ok(settle(rows, request, wallet, lines, price, coupon));
};

/** The shop after the order: every row it changes, and the answer (O5). */
const settle = (
  rows: Pick<Rows, "products">,
  { actorId: userId, operationId: orderId, at }: CommandRequest<PlaceOrderInput>,
  wallet: WalletRow,
  lines: readonly PricedLine[],
  price: OrderPrice,
  coupon: UsableCoupon | undefined,
): Decision<PlacedOrder> => {
  const balance = wallet.balance - price.paidAmount;
  const seq = wallet.seq + 1;
  return {
    writes: {
      wallets: [{ userId, balance, seq }],
      products: lines.map(({ productId, quantity, available }) => ({
        ...rows.products.get(productId)!,
        stock: available - quantity,
      })),
      ...(coupon && { usedCoupons: [{ ...coupon, orderId }] }),
      newOrders: [
        { orderId, userId, ...price, issuedCouponId: coupon?.issuedCouponId ?? null, paidAt: at },
      ],
      newOrderLines: lines.map(({ productId, name, unitPrice, quantity }) => ({
        orderId,
        productId,
        name,
        unitPrice,
        quantity,
      })),
      // O6: every success leaves an entry, also one that a coupon paid in full (amount 0).
      newPointEntries: [
        {
          operationId: orderId,
          userId,
          seq,
          type: "USE",
          amount: price.paidAmount,
          balanceAfter: balance,
          createdAt: at,
        },
      ],
    },
    reply: { orderId, ...price, balance, paidAt: at },
  };
};

export const placeOrder: Command<PlaceOrderInput, PlacedOrder> = {
  name: "order.place",
  touches: (actorId, { items, issuedCouponId }) => ({
    wallets: [actorId],
    products: items.map(({ productId }) => productId),
    ...(issuedCouponId !== undefined && { issuedCoupons: [issuedCouponId] }),
  }),
  decide: decidePlaceOrder,
};
