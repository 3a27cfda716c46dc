/** An order has 1 to 50 items, each of quantity 1 to 1,000. */
export const orderItemsMax = 50;
export const orderQuantityMax = 1_000;
