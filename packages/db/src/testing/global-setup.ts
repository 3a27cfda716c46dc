import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { startTestServer, type TestServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly testServer: TestServer;
  }
}

/** One PostgreSQL for a whole run of vitest; stopped at its end, failed or not. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cache = fileURLToPath(new URL("../../../../.cache", import.meta.url));
  const server = await startTestServer(cache, process.env["TEST_DATABASE_URL"]);
  project.provide("testServer", { url: server.url, template: server.template });
  return async () => server[Symbol.asyncDispose]();
}
