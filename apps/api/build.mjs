import { cp, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// One file per program: Node starts it in a third of the time it takes to load the sources one
// by one, and needs no TypeScript to do so.
const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(await readFile(here("package.json"), "utf8"));
const dependencies = Object.keys(manifest.dependencies);

await build({
  entryPoints: ["main", "worker", "prepare"].map((program) => here(`src/${program}.ts`)),
  outdir: here("dist"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
  // Our own packages are TypeScript and go in; those of npm stay where pnpm put them.
  external: dependencies.filter((name) => !name.startsWith("@stampede/")),
});
// migrate.ts looks for them beside the bundle.
await cp(here("../../packages/db/migrations"), here("dist/migrations"), { recursive: true });
