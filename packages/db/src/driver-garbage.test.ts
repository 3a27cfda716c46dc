import { getHeapSpaceStatistics } from "node:v8";
import { expect, test } from "vitest";
import { createTestDatabase } from "./testing/database.ts";
import { openTransactions } from "./transactions.ts";

/*
 * What a transaction leaves behind is garbage at once, and young: see docs/adr/0018-no-function-is-born-old.md.
 * Stays for as long as the driver is patched.
 */

const oldBytes = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")!.space_used_size;

test("a transaction leaves nothing among the old objects", async () => {
  await using database = await createTestDatabase();
  const transactions = openTransactions({ url: database.url, name: "garbage", connections: 1 });
  const carryOut = async (count: number) => {
    for (let n = 0; n < count; n++)
      await transactions.run(async (tx) => {
        for (let statement = 0; statement < 10; statement++) await tx.execute("select 1");
      });
  };
  // Plans, caches, and what V8 learns of its functions.
  await carryOut(300);
  const before = oldBytes();
  await carryOut(300);
  const left = (oldBytes() - before) / 300;
  await transactions.close();
  // 430 bytes, and 12,000 with the driver as it is published.
  expect(left).toBeLessThan(2_000);
});
