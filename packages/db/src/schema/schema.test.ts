import { readdirSync, readFileSync } from "node:fs";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { expect, test } from "vitest";
import * as auditLog from "./audit-log.ts";
import * as coupons from "./coupons.ts";
import * as idempotency from "./idempotency.ts";
import * as orders from "./orders.ts";
import * as products from "./products.ts";
import * as rateLimits from "./rate-limits.ts";
import * as users from "./users.ts";
import * as wallets from "./wallets.ts";

const snapshots = new URL("../../migrations/meta/", import.meta.url);

test("the migrations lead to the schema as it is: nothing is left to generate", async () => {
  const newest = readdirSync(snapshots)
    .filter((name) => name.endsWith("_snapshot.json"))
    .sort()
    .at(-1)!;
  const migrated: unknown = JSON.parse(readFileSync(new URL(newest, snapshots), "utf8"));
  const schema = {
    ...auditLog,
    ...coupons,
    ...idempotency,
    ...orders,
    ...products,
    ...rateLimits,
    ...users,
    ...wallets,
  };
  const asItIs = generateDrizzleJson(schema, undefined, undefined, "snake_case");
  expect(await generateMigration(migrated as typeof asItIs, asItIs)).toEqual([]);
});
