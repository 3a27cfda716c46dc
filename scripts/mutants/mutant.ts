import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A mistake, planted by replacing texts; `npm run mutants` sees that a test fails with it. */
export interface Mutant {
  /** How it is asked for: `npm run mutants -- wallets-are-not-locked`. */
  readonly name: string;
  /** What goes wrong in a shop with this mistake. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
  /** The test files that must notice, the quickest first; paths from the root. */
  readonly caughtBy: readonly string[];
}

export interface Edit {
  /** From the root. */
  readonly file: string;
  /** Stands exactly once in the file: short, so that work around it does not touch it. */
  readonly find: string;
  readonly replace: string;
}

/** Why this edit cannot be made in the tree at `root`; undefined when it can. */
export const misfitOf = (root: string, { file, find }: Edit): string | undefined => {
  const count = readFileSync(join(root, file), "utf8").split(find).length - 1;
  if (count === 1) return undefined;
  return `${file} has ${count === 0 ? "no longer" : `${count} times`} what is to be replaced: ${find}`;
};

/** Plants the mutant in the tree at `root`; answers how to take it out again. */
export const plant = (root: string, { edits }: Mutant): (() => void) => {
  const before = new Map<string, string>();
  for (const edit of edits) {
    const misfit = misfitOf(root, edit);
    if (misfit !== undefined) throw new Error(misfit);
    const path = join(root, edit.file);
    const text = readFileSync(path, "utf8");
    if (!before.has(path)) before.set(path, text);
    writeFileSync(path, text.replace(edit.find, () => edit.replace));
  }
  return () => {
    for (const [path, text] of before) writeFileSync(path, text);
  };
};
