/** Whole KRW. Every amount in the shop is one; none is ever a fraction. */
export type Krw = number;

/** The dearest thing that can be sold: 50 lines of 1,000 pieces at this price still add up exactly. */
export const priceMax: Krw = 1_000_000_000;
