import { ratioOf, type Figure } from "./figures.ts";

/** Every row of the table. */
export type RowId =
  | "orders-spread"
  | "orders-hot"
  | "charges-hot"
  | "charges-spread"
  | "product-list"
  | "product-detail"
  | "popular"
  | "handler"
  | "empty-call"
  | "rush"
  | "refusals"
  | "rush-memory"
  | "latency"
  | "overload-goodput"
  | "overload-refusals"
  | "overload-recovery"
  | "grown-order"
  | "grown-popular"
  | "grown-history"
  | "grown-orders"
  | "two-processes-spread"
  | "two-processes-hot"
  | "memory-growth";

export type Unit = "x" | "ms" | "s" | "MB";

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** One promise and what became of it. */
export interface Row {
  readonly id: RowId;
  readonly value: number;
  readonly unit: Unit;
  /** What must be reached; a row without it only informs. */
  readonly toReach?: Bound;
  /** What we would like to reach. */
  readonly aim?: number;
  /** Us first, the reference last. */
  readonly figures?: readonly Figure[];
  /** What else is worth knowing, by what it is. */
  readonly details?: Readonly<Record<string, string>>;
}

export const isReached = ({ value, toReach }: Row): boolean => {
  if (!toReach) return true;
  return "atLeast" in toReach ? value >= toReach.atLeast : value <= toReach.atMost;
};

/** Us against the reference. */
export const ratioRow = (
  id: RowId,
  figures: readonly Figure[],
  toReach: Bound | undefined,
  aim?: number,
): Row => ({
  id,
  value: ratioOf(figures),
  unit: "x",
  ...(toReach && { toReach }),
  ...(aim !== undefined && { aim }),
  figures,
});

/** What a run has to say, as it is written to the file. */
export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly postgres: string;
  readonly seed: number;
  readonly quick: boolean;
  readonly minutes: number;
  readonly rows: readonly Row[];
}
