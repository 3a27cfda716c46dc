/**
 * The most of one product an order takes, as `orderQuantityMax` of core says. Written here again
 * because that file brings the schema library, and the product page does without it (a type test
 * cannot compare values; the server refuses more).
 */
export const quantityMax = 1_000;
