import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cloneDatabase, startTestServer } from "@stampede/db/testing/server";
import { apiVariables } from "./programs.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * One PostgreSQL for the run, with the demo shop in a database that every worker copies. The
 * production builds must be there; what the stories see is what is deployed.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  for (const built of ["apps/api/dist/main.js", "apps/web/.next/BUILD_ID"])
    if (!existsSync(`${root}/${built}`)) throw new Error(`${built} is missing: build the shop first.`);

  const server = await startTestServer(`${root}/.cache/e2e`, process.env["TEST_DATABASE_URL"]);
  const demo = await cloneDatabase(server);
  const prepared = spawnSync(process.execPath, [`${root}/apps/api/dist/prepare.js`], {
    env: apiVariables({ databaseUrl: demo.url, apiPort: 1, webUrl: "http://localhost", demo: true }),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (prepared.status !== 0) throw new Error("The demo shop could not be prepared, see above.");
  process.env["E2E_SERVER"] = JSON.stringify({ url: server.url, template: demo.name });
  return async () => {
    await demo[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
}
