import type { Discount } from "./coupon/discount.ts";
import type { Krw } from "./money.ts";
import type { Refusal } from "./refusals.ts";
import type { Result } from "./result.ts";
import type { Instant } from "./time.ts";

/*
 * The contract between the rules (this package) and the database: rows in, rows out.
 * A decision sees the rows its command has locked and answers with the rows as they should become.
 */

/** One wallet a user. `seq` counts its log entries, so the next one has a place of its own. */
export interface WalletRow {
  readonly userId: string;
  readonly balance: Krw;
  readonly seq: number;
}

export interface ProductRow {
  readonly productId: string;
  readonly name: string;
  readonly description: string;
  readonly price: Krw;
  readonly stock: number;
  readonly imageUrl: string | null;
}

/** A campaign of limited coupons; each coupon issued from it carries its terms. */
export interface CampaignRow {
  readonly couponId: string;
  readonly name: string;
  readonly discount: Discount;
  readonly totalQuantity: number;
  readonly issuedQuantity: number;
  readonly issueStartsAt: Instant;
  readonly issueEndsAt: Instant;
  readonly validFrom: Instant;
  readonly validUntil: Instant;
}

/** A coupon in somebody's hands. `orderId` is the order that used it up, or null. */
export interface IssuedCouponRow {
  readonly issuedCouponId: string;
  readonly couponId: string;
  readonly userId: string;
  readonly sequence: number;
  readonly issuedAt: Instant;
  readonly orderId: string | null;
}

/** What an issued coupon takes from its campaign; campaigns never change their terms. */
export interface CouponTerms {
  readonly name: string;
  readonly discount: Discount;
  readonly validFrom: Instant;
  readonly validUntil: Instant;
}

export interface OrderRow {
  readonly orderId: string;
  readonly userId: string;
  readonly totalAmount: Krw;
  readonly discountAmount: Krw;
  readonly paidAmount: Krw;
  readonly issuedCouponId: string | null;
  readonly paidAt: Instant;
}

/** A line keeps its own copy of name and price: later changes of the product do not touch it. */
export interface OrderLineRow {
  readonly orderId: string;
  readonly productId: string;
  readonly name: string;
  readonly unitPrice: Krw;
  readonly quantity: number;
}

/** Stock that was put in. Stock put in = stock left + stock sold, always. */
export interface StockEntryRow {
  readonly operationId: string;
  readonly productId: string;
  readonly reason: "INITIAL" | "RESTOCK";
  readonly quantity: number;
  readonly createdAt: Instant;
}

/** A movement of points (W3, O6): waits in the outbox until the worker writes it to the log. */
export interface PointEntryRow {
  readonly operationId: string;
  readonly userId: string;
  readonly seq: number;
  readonly type: "CHARGE" | "USE";
  readonly amount: Krw;
  readonly balanceAfter: Krw;
  readonly createdAt: Instant;
}

/** The ids of the rows a command reads and may change. They are locked in one global order. */
export interface RowKeys {
  readonly wallets?: readonly string[];
  readonly issuedCoupons?: readonly string[];
  readonly products?: readonly string[];
  readonly campaigns?: readonly string[];
  /** Whether this user holds a coupon of this campaign: read under the campaign's lock. */
  readonly holdings?: readonly { readonly couponId: string; readonly userId: string }[];
}

/** The rows a decision may look at, as the commands before it left them. */
export interface Rows {
  readonly wallets: ReadonlyMap<string, WalletRow>;
  readonly issuedCoupons: ReadonlyMap<string, IssuedCouponRow & { readonly terms: CouponTerms }>;
  readonly products: ReadonlyMap<string, ProductRow>;
  readonly campaigns: ReadonlyMap<string, CampaignRow>;
  /** Keys are `holdingKey(couponId, userId)`. */
  readonly holdings: ReadonlySet<string>;
}

export const holdingKey = (couponId: string, userId: string): string => `${couponId} ${userId}`;

/** What a decision changes: locked rows in their new state, and rows that are new. */
export interface Writes {
  readonly wallets?: readonly WalletRow[];
  readonly products?: readonly ProductRow[];
  readonly campaigns?: readonly CampaignRow[];
  /** Locked coupons that an order uses up. */
  readonly usedCoupons?: readonly IssuedCouponRow[];
  readonly newCoupons?: readonly IssuedCouponRow[];
  readonly newOrders?: readonly OrderRow[];
  readonly newOrderLines?: readonly OrderLineRow[];
  readonly newStockEntries?: readonly StockEntryRow[];
  readonly newPointEntries?: readonly PointEntryRow[];
}

export interface Decision<Reply> {
  readonly writes: Writes;
  readonly reply: Reply;
}

/** One command as it stands before its decision. */
export interface CommandRequest<Input> {
  readonly actorId: string;
  /** Id of whatever this command creates: the order, the issued coupon, the log entry. */
  readonly operationId: string;
  /** The database's clock, read under the locks. No rule reads a JavaScript clock. */
  readonly at: Instant;
  readonly input: Input;
}

/** A command of the shop: which rows it needs, and the pure rule that decides it. */
export interface Command<Input, Reply> {
  /** The procedure's name; a key is bound to user and procedure. */
  readonly name: string;
  readonly touches: (actorId: string, input: Input) => RowKeys;
  readonly decide: (rows: Rows, request: CommandRequest<Input>) => Result<Decision<Reply>, Refusal>;
}
