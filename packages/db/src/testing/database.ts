import { inject } from "vitest";
import "./global-setup.ts";
import { cloneDatabase, type TestDatabase } from "./server.ts";

/**
 * A database of its own for a test file: the shop's schema, nothing in it.
 *
 *     await using database = await createTestDatabase();
 */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneDatabase(inject("testServer"));
}
