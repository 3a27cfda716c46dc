import { setTimeout as sleep } from "node:timers/promises";
import type { ApiProcess } from "./api-process.ts";

/** Variables of an API process that can be looked into. */
export const probed = {
  NODE_OPTIONS: `--import=${new URL("./probe.mjs", import.meta.url).href}`,
};

interface Inside {
  /** The names on the prototypes of JavaScript's own objects. */
  readonly builtIns: readonly string[][];
  /** In use after a collection of garbage. */
  readonly heapBytes: number;
}

const answerMsMax = 5_000;

/** What it looks like inside an API process that was started with `probed`. */
export async function insideOf(api: ApiProcess): Promise<Inside> {
  const answers = () => api.log().filter((line) => line["probe"] === true);
  const before = answers().length;
  api.program().kill("SIGUSR2");
  for (const deadline = Date.now() + answerMsMax; Date.now() < deadline; await sleep(20)) {
    const now = answers();
    if (now.length > before) return now.at(-1) as unknown as Inside;
  }
  throw new Error("the API process does not answer the probe");
}
