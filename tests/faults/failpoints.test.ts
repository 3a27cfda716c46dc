import { failpoints } from "@stampede/db/failpoint";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { authSecret } from "../support/api-process.ts";
import { newKey } from "../support/client.ts";
import { startProgram } from "../support/program.ts";
import { startShop, type Shop } from "../support/shop.ts";

/** All code of a build; the maps beside it hold the sources, which nobody runs. */
function codeOf(programs: string): string {
  return readdirSync(programs, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => readFileSync(join(programs, file), "utf8"))
    .join("\n");
}

test("a build for use holds no failpoint; the one for these tests holds each", () => {
  const forUse = codeOf(inject("apiPrograms"));
  expect(forUse.length).toBeGreaterThan(1_000_000);
  expect(forUse).not.toMatch(/failpoint/i);
  const forTests = codeOf(inject("apiProgramsWithFailpoints"));
  for (const point of failpoints) {
    expect(forUse).not.toContain(`"${point}"`);
    expect(forTests).toContain(`await failpoint("${point}")`);
  }
});

describe("in a shop", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop({ breaks: true, variables: { WORKER: "off" } });
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const charge = async () => {
    const { api } = await shop.shopper();
    return api.wallet.charge.mutate({ amount: 1_000, idempotencyKey: newKey() }).then(
      () => "charged",
      () => "lost",
    );
  };
  const api = () => shop.apis[0]!;

  test("nothing happens in a build with failpoints of which none is armed", async () => {
    await api().stop();
    await api().start({});
    expect(await charge()).toBe("charged");
    expect(api().program().isRunning()).toBe(true);
  });

  test.each(failpoints.filter((point) => !point.startsWith("relay")))(
    "a process dies at %s when it is told to, at the second command and not before",
    async (point) => {
      await api().kill();
      await api().start({ [point]: "kill@2" });
      expect(await charge()).toBe("charged");
      expect(await charge()).toBe("lost");
      expect(await api().program().ended).toEqual({ code: null, signal: "SIGKILL" });
    },
  );

  test.each(failpoints.filter((point) => point.startsWith("relay")))(
    "a worker dies at %s when it is told to",
    async (point) => {
      await api().kill();
      await api().start();
      expect(await charge()).toBe("charged");
      const worker = startProgram(
        "worker",
        { DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret },
        { [point]: "kill@1" },
      );
      expect(await worker.ended).toEqual({ code: null, signal: "SIGKILL" });
      await shop.audit();
    },
  );

  test("a process that is told of a failpoint that there is not says so and ends", async () => {
    const worker = startProgram("worker", { DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret }, {
      ["relay.mooved" as "relay.moved"]: "kill",
    });
    expect((await worker.ended).code).toBe(1);
    expect(worker.complained()).toContain('No failpoint: "relay.mooved=kill".');
  });
});
