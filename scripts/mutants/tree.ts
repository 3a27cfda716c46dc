import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

// Neither source nor of use to a test in the copy.
const leftBehind = new Set([".git", ".cache", ".data", ".next", ".turbo", "dist", "screens"]);

/**
 * A copy of the project's source in a temporary folder (1 s). What is installed is linked to: links
 * among our own packages stay within the copy, so that its tests run its code.
 */
export const copyTree = (root: string): string => {
  const copy = mkdtempSync(join(tmpdir(), "stampede-mutants-"));
  const installed = join(root, "node_modules");
  cpSync(root, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path !== installed && !leftBehind.has(basename(path)),
  });

  mkdirSync(join(copy, "node_modules"));
  for (const name of readdirSync(installed)) {
    const [from, to] = [join(installed, name), join(copy, "node_modules", name)];
    // vitest's caches: each tree has its own. Our packages: relative links, right in the copy too.
    if (name.startsWith(".vite")) continue;
    if (name === "@stampede") cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
  return copy;
};
