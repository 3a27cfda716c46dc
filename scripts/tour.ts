import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { buildShop } from "./build.ts";
import { readEnvironment } from "./environment.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Builds the shop and takes one of the tours of tests/tours through it; its exit code is ours. */
export const runTour = async (project: "screens" | "lighthouse"): Promise<void> => {
  const { variables } = readEnvironment();
  await buildShop(variables);
  const playwright = `${root}/tests/node_modules/@playwright/test/cli.js`;
  const watchParent = new URL("./watch-parent.mjs", import.meta.url).href;
  const options = ["test", "--config=tests/tours.config.ts", `--project=${project}`];
  const child = spawn(process.execPath, ["--import", watchParent, playwright, ...options], {
    cwd: root,
    env: variables,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [status] = (await once(child, "exit")) as [number | null];
  process.exitCode = status ?? 1;
};
