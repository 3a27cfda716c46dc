import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLong } from "./size.ts";

const folder = fileURLToPath(new URL("../../.cache/faults", import.meta.url));
const figures: Record<string, number> = {};

/**
 * Notes what a section did, in numbers whose names are what is printed: counts of one name add up,
 * and of those that end in "slowest" or "most" the largest is kept. `npm run test:faults` makes its
 * report of them.
 */
export function report(section: string, found: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(found)) {
    const before = figures[name];
    const largest = / (slowest|most)\b/.test(` ${name}`);
    figures[name] = before === undefined ? value : largest ? Math.max(before, value) : before + value;
  }
  if (!isLong) return;
  console.log(section, found);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${section}.json`), JSON.stringify({ section, figures }));
}
