import type { Mutant } from "./mutant.ts";

const file = "packages/db/migrations/0000_init.sql";

/** The second line of defence, taken away one by one. */
const without = (constraint: string, definition: string, breaks: string): Mutant => ({
  name: `no-${constraint.replaceAll("_", "-")}`,
  breaks,
  edits: [{ file, find: `,\n\tCONSTRAINT "${constraint}" ${definition}`, replace: "" }],
  caughtBy: ["packages/db/src/constraints.test.ts"],
});

export const constraints: readonly Mutant[] = [
  without(
    "products_stock_not_negative",
    'CHECK ("products"."stock" >= 0)',
    "More can be sold than there is.",
  ),
  without(
    "wallets_balance_within_limit",
    'CHECK ("wallets"."balance" between 0 and 1000000000)',
    "More can be spent than there is.",
  ),
  without(
    "coupon_campaigns_issued_within_total",
    'CHECK ("coupon_campaigns"."issued_quantity" between 0 and "coupon_campaigns"."total_quantity")',
    "More coupons can be issued than there are.",
  ),
  without(
    "issued_coupons_one_per_user",
    'UNIQUE("coupon_id","user_id")',
    "Somebody can have two coupons of one campaign.",
  ),
  without(
    "issued_coupons_sequence_unique",
    'UNIQUE("coupon_id","sequence")',
    "Two can have the same place in the line.",
  ),
  without(
    "orders_one_per_coupon",
    'UNIQUE("issued_coupon_id")',
    "A coupon can be used in two orders.",
  ),
  without(
    "idempotency_keys_pkey",
    'PRIMARY KEY("user_id","procedure","key")',
    "A key can be bound twice, by two processes at once.",
  ),
  without("outbox_pkey", 'PRIMARY KEY("user_id","seq")', "Two entries can have the same place."),
  without("point_log_pkey", 'PRIMARY KEY("user_id","seq")', "An entry can be logged twice."),
];
