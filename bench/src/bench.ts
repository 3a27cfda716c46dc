import type { HandWritten } from "./hand-written.ts";
import type { Options } from "./options.ts";
import type { Row, RowId } from "./row.ts";
import type { Ground } from "./stage.ts";

/** What every scenario works with. */
export interface Bench {
  readonly options: Options;
  readonly ground: Ground;
  readonly handWritten: HandWritten;
  /** Random numbers from 0 to 1, the same in each run. */
  readonly random: () => number;
  /** Whether this row was asked for. */
  isWanted(id: RowId): boolean;
}

/** Some rows that share a stage; run when one of them is wanted. Tells each row as soon as it is there. */
export interface Scenario {
  readonly ids: readonly RowId[];
  run(bench: Bench, tell: (row: Row) => void): Promise<void>;
}
