import type { Krw } from "../money.ts";

/** W2: at least 1,000 KRW a charge. */
export const chargeAmountMin: Krw = 1_000;

/** Ten million KRW a charge: a slip of a zero or two is caught, a big purchase is not. */
export const chargeAmountMax: Krw = 10_000_000;

/** A wallet holds at most one billion KRW. The database holds the same limit as a constraint. */
export const balanceMax: Krw = 1_000_000_000;
