import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sbomOf } from "./lockfile.ts";

// `npm run --silent sbom`: what the shop is made of, as CycloneDX, on standard output.

const root = fileURLToPath(new URL("..", import.meta.url));
const { name, version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { name: string; version: string };
const sbom = sbomOf(readFileSync(`${root}/pnpm-lock.yaml`, "utf8"), { name, version });
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`);
