import { access } from "./access.ts";
import { constraints } from "./constraints.ts";
import { keys } from "./keys.ts";
import { locks } from "./locks.ts";
import { log } from "./log.ts";
import type { Mutant } from "./mutant.ts";
import { rules } from "./rules.ts";
import { transactions } from "./transactions.ts";

export const mutants: readonly Mutant[] = [
  ...locks,
  ...transactions,
  ...keys,
  ...log,
  ...constraints,
  ...rules,
  ...access,
];
