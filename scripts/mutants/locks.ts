import type { Mutant } from "./mutant.ts";

const file = "packages/db/src/lock.ts";
const lockTest = "packages/db/src/lock.test.ts";

/** Rows that are not locked, not waited for, or locked in another order. */
export const locks: readonly Mutant[] = [
  {
    name: "wallets-are-not-locked",
    breaks: "Two payments read the same balance, and one of them is forgotten.",
    edits: [
      {
        file,
        find: '.orderBy(wallets.userId)\n    .for("update")',
        replace: ".orderBy(wallets.userId)",
      },
    ],
    caughtBy: [lockTest],
  },
  {
    name: "a-weaker-lock-on-wallets",
    breaks: "A lock that two may hold at once: the balance is as good as read outside of it.",
    edits: [
      {
        file,
        find: '.orderBy(wallets.userId)\n    .for("update")',
        replace: '.orderBy(wallets.userId)\n    .for("key share")',
      },
    ],
    caughtBy: [lockTest],
  },
  {
    name: "stock-that-is-locked-is-skipped",
    breaks: "SKIP LOCKED on stock: who comes second hears that the product is unknown.",
    edits: [
      {
        file,
        find: '.orderBy(products.productId)\n    .for("update")',
        replace: '.orderBy(products.productId)\n    .for("update", { skipLocked: true })',
      },
    ],
    caughtBy: [lockTest],
  },
  {
    name: "the-campaign-is-not-locked",
    breaks: "Two claims take the same last place of a campaign.",
    edits: [
      {
        file,
        find: '.orderBy(couponCampaigns.couponId)\n    .for("update")',
        replace: ".orderBy(couponCampaigns.couponId)",
      },
    ],
    caughtBy: [lockTest],
  },
  {
    name: "the-coupon-is-not-locked",
    breaks: "Two orders at once use the same coupon up.",
    edits: [{ file, find: '.for("update", { of: issuedCoupons })', replace: "" }],
    caughtBy: [lockTest],
  },
  {
    name: "products-in-any-order",
    breaks: "Without ORDER BY two carts in opposite order deadlock: 2 transactions/s.",
    edits: [{ file, find: ".orderBy(products.productId)", replace: "" }],
    caughtBy: [lockTest],
  },
  {
    name: "products-from-the-last-to-the-first",
    breaks: "One process that locks the other way round deadlocks with all the others.",
    edits: [
      {
        file,
        find: ".orderBy(products.productId)",
        replace: ".orderBy(sql`${products.productId} desc`)",
      },
    ],
    caughtBy: [lockTest],
  },
  {
    name: "products-before-wallets",
    breaks: "Tables in another order: an order deadlocks with a charge that waits for it.",
    edits: [
      {
        file,
        find: "keys.wallets?.length ? lockWallets(tx, keys.wallets) : [],",
        replace: "keys.products?.length ? lockProducts(tx, keys.products) : [],",
      },
      {
        file,
        find:
          "keys.issuedCoupons) : [],\n    keys.products?.length ? lockProducts(tx, keys.products) : [],",
        replace:
          "keys.issuedCoupons) : [],\n    keys.wallets?.length ? lockWallets(tx, keys.wallets) : [],",
      },
      {
        file,
        find: "[walletRows, issuedRows, productRows,",
        replace: "[productRows, issuedRows, walletRows,",
      },
    ],
    caughtBy: [lockTest],
  },
  {
    name: "holders-are-read-before-the-lock",
    breaks: "Who holds a coupon is read before the campaign is locked: a second one is tried for.",
    edits: [
      {
        file,
        find: "keys.campaigns?.length ? lockCampaigns(tx, keys.campaigns) : [],",
        replace: "keys.holdings?.length ? readHoldings(tx, keys.holdings) : [],",
      },
      {
        file,
        find:
          ": [],\n    keys.holdings?.length ? readHoldings(tx, keys.holdings) : [],\n  ]);",
        replace: ": [],\n    keys.campaigns?.length ? lockCampaigns(tx, keys.campaigns) : [],\n  ]);",
      },
      { file, find: "campaignRows, holdingRows]", replace: "holdingRows, campaignRows]" },
    ],
    caughtBy: [lockTest],
  },
];
