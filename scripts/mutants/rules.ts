import type { Mutant } from "./mutant.ts";

/** Rules that are off by one, or ask one question too few. */
export const rules: readonly Mutant[] = [
  {
    name: "one-coupon-too-many",
    breaks: "A campaign of a hundred issues a hundred and one.",
    edits: [
      {
        file: "packages/core/src/coupon/claim.ts",
        find: "campaign.issuedQuantity >= campaign.totalQuantity",
        replace: "campaign.issuedQuantity > campaign.totalQuantity",
      },
    ],
    caughtBy: ["packages/core/src/coupon/claim.test.ts"],
  },
  {
    name: "a-second-coupon",
    breaks: "Whoever asks twice with two keys gets two coupons of a campaign.",
    edits: [
      {
        file: "packages/core/src/coupon/claim.ts",
        find: "if (rows.holdings.has(holdingKey(couponId, actorId)))",
        replace: "if (rows.holdings.has(holdingKey(actorId, couponId)))",
      },
    ],
    caughtBy: ["packages/core/src/coupon/claim.test.ts"],
  },
  {
    name: "somebody-elses-coupon",
    breaks: "Who knows the id of another's coupon pays with it.",
    edits: [
      {
        file: "packages/core/src/order/place.ts",
        find: "!coupon || coupon.userId !== userId",
        replace: "!coupon",
      },
    ],
    caughtBy: ["packages/core/src/order/place.test.ts"],
  },
  {
    name: "lines-of-a-cart-count-alone",
    breaks: "A cart that names a product twice buys more of it than there is.",
    edits: [
      {
        file: "packages/core/src/order/price.ts",
        find: "(quantityByProductId.get(productId) ?? 0) + quantity",
        replace: "quantity",
      },
    ],
    caughtBy: ["packages/core/src/order/price.test.ts"],
  },
  {
    name: "discounts-are-rounded-up",
    breaks: "A won is given away with every second percentage.",
    edits: [
      {
        file: "packages/core/src/coupon/discount.ts",
        find: "Math.floor((total",
        replace: "Math.ceil((total",
      },
    ],
    caughtBy: ["packages/core/src/coupon/discount.test.ts"],
  },
  {
    name: "the-next-one-sees-the-old-rows",
    breaks: "In a group everyone decides on the stock that was there before the group.",
    edits: [
      {
        file: "apps/api/src/shell/group.ts",
        find: "rows.set(id, row);\n  changed.add(id);",
        replace: "if (!changed.has(id)) rows.set(id, row);\n  changed.add(id);",
      },
    ],
    caughtBy: ["apps/api/src/shell/group.test.ts"],
  },
  {
    name: "old-stock-is-shown",
    breaks: "A product that has sold out is shown as it was when it was first looked at.",
    edits: [
      {
        file: "apps/api/src/trpc/unchanged.ts",
        find: "if (before && isSame(before.row, row)) return before.answer;",
        replace: "if (before) return before.answer;",
      },
    ],
    caughtBy: ["apps/api/src/trpc/unchanged.test.ts"],
  },
];
