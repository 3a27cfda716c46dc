import type {
  CampaignRow,
  CouponTerms,
  IssuedCouponRow,
  ProductRow,
  Rows,
  WalletRow,
  Writes,
} from "../decision.ts";
import { holdingKey } from "../decision.ts";

/*
 * A shop for tests, small enough to read: Ada has a wallet, there is tea and there are cups, and a
 * campaign of one hundred coupons. Each row can be said otherwise, field by field.
 */

/** The moment at which a test's command is decided, unless it says another. */
export const noon = "2026-11-22T12:00:00.000Z";
/** One millisecond before and after `noon`: the edges of half-open periods. */
export const justBeforeNoon = "2026-11-22T11:59:59.999Z";
export const justAfterNoon = "2026-11-22T12:00:00.001Z";
export const yesterday = "2026-11-21T12:00:00.000Z";
export const tomorrow = "2026-11-23T12:00:00.000Z";

export const aWallet = (over: Partial<WalletRow> = {}): WalletRow => ({
  userId: "ada",
  balance: 10_000,
  seq: 0,
  ...over,
});

export const aProduct = (over: Partial<ProductRow> = {}): ProductRow => ({
  productId: "tea",
  name: "Barley tea",
  description: "Roasted three times.",
  price: 3_000,
  stock: 10,
  imageUrl: null,
  ...over,
});

export const aCampaign = (over: Partial<CampaignRow> = {}): CampaignRow => ({
  couponId: "opening",
  name: "Opening day",
  discount: { type: "FIXED", amount: 1_000 },
  totalQuantity: 100,
  issuedQuantity: 0,
  issueStartsAt: yesterday,
  issueEndsAt: tomorrow,
  validFrom: yesterday,
  validUntil: tomorrow,
  ...over,
});

/** An issued coupon as an order finds it: with the terms of its campaign. */
export type HeldCoupon = IssuedCouponRow & { readonly terms: CouponTerms };

export const aCoupon = ({
  terms,
  ...over
}: Partial<IssuedCouponRow> & { readonly terms?: Partial<CouponTerms> } = {}): HeldCoupon => ({
  issuedCouponId: "coupon-1",
  couponId: "opening",
  userId: "ada",
  sequence: 1,
  issuedAt: yesterday,
  orderId: null,
  ...over,
  terms: {
    name: "Opening day",
    discount: { type: "FIXED", amount: 1_000 },
    validFrom: yesterday,
    validUntil: tomorrow,
    ...terms,
  },
});

/** Rows that `settle` may change; decisions see them as `Rows`. */
export interface Shop extends Rows {
  readonly wallets: Map<string, WalletRow>;
  readonly issuedCoupons: Map<string, HeldCoupon>;
  readonly products: Map<string, ProductRow>;
  readonly campaigns: Map<string, CampaignRow>;
  readonly holdings: Set<string>;
}

interface Contents {
  readonly wallets?: readonly WalletRow[];
  readonly products?: readonly ProductRow[];
  readonly campaigns?: readonly CampaignRow[];
  readonly coupons?: readonly HeldCoupon[];
}

export const aShop = (contents: Contents = {}): Shop => {
  const {
    wallets = [aWallet()],
    products = [aProduct(), aProduct({ productId: "cups", name: "Celadon cups", price: 2_000 })],
    campaigns = [aCampaign()],
    coupons = [],
  } = contents;
  return {
    wallets: new Map(wallets.map((row) => [row.userId, row])),
    products: new Map(products.map((row) => [row.productId, row])),
    campaigns: new Map(campaigns.map((row) => [row.couponId, row])),
    issuedCoupons: new Map(coupons.map((row) => [row.issuedCouponId, row])),
    holdings: new Set(coupons.map((row) => holdingKey(row.couponId, row.userId))),
  };
};

/** Brings a decision's writes into the shop's rows, as the database would. */
export const settle = (shop: Shop, writes: Writes): void => {
  for (const row of writes.wallets ?? []) shop.wallets.set(row.userId, row);
  for (const row of writes.products ?? []) shop.products.set(row.productId, row);
  for (const row of writes.campaigns ?? []) shop.campaigns.set(row.couponId, row);
  for (const row of writes.usedCoupons ?? []) {
    const { terms } = shop.issuedCoupons.get(row.issuedCouponId)!;
    shop.issuedCoupons.set(row.issuedCouponId, { ...row, terms });
  }
  for (const row of writes.newCoupons ?? []) {
    const { name, discount, validFrom, validUntil } = shop.campaigns.get(row.couponId)!;
    const terms = { name, discount, validFrom, validUntil };
    shop.issuedCoupons.set(row.issuedCouponId, { ...row, terms });
    shop.holdings.add(holdingKey(row.couponId, row.userId));
  }
};

/** The value with every object, map and set in it made unchangeable: who writes to it throws. */
export const frozen = <Value>(value: Value): Value => {
  if (typeof value !== "object" || value === null) return value;
  const isCollection = value instanceof Map || value instanceof Set;
  for (const part of isCollection ? value.values() : Object.values(value)) frozen(part);
  if (isCollection)
    for (const method of ["set", "add", "delete", "clear"])
      Object.defineProperty(value, method, { value: refuseToChange });
  return Object.freeze(value);
};

const refuseToChange = () => {
  throw new TypeError("a decision wrote to the rows it was given");
};
