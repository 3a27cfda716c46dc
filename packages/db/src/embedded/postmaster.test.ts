import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { findPostmaster } from "./postmaster.ts";

test("a server that stops while it is looked for is not there, and no error", async () => {
  const cluster = mkdtempSync(join(tmpdir(), "stampede-pid-"));
  const file = JSON.stringify(join(cluster, "postmaster.pid"));
  // Comes and goes all the time, as the file does once.
  const server = new Worker(
    `const { rmSync, writeFileSync } = require("node:fs");
    for (;;) { writeFileSync(${file}, "0"); rmSync(${file}); }`,
    { eval: true },
  );
  try {
    for (let look = 0; look < 20_000; look++) expect(findPostmaster(cluster)).toBeUndefined();
  } finally {
    await server.terminate();
    rmSync(cluster, { recursive: true, force: true });
  }
});
