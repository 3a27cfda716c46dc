import { openPlain } from "@stampede/db/plain";
import { createTestDatabase } from "@stampede/db/testing/database";
import { expect, test } from "vitest";
import { limitsSchema } from "./limits.ts";
import { createRateLimits } from "./rate-limits.ts";
import { Refused } from "./refused.ts";

const noDatabase = { query: () => Promise.reject(new Error("nothing shared is counted here")) };

const refusal = async (counted: Promise<void>) => {
  const thrown = await counted.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) return undefined;
  expect(thrown).toBeInstanceOf(Refused);
  return (thrown as Refused).refusal;
};
const limited = { reason: "RATE_LIMITED", retryAfterMs: expect.any(Number) as number };

test("a user may write so often and no more; another user is not held up", async () => {
  const limits = createRateLimits(limitsSchema.parse({ writesPerUser: 5 }), noDatabase);
  for (let write = 0; write < 5; write++) await limits.countWrite("one");
  expect(await refusal(limits.countWrite("one"))).toEqual(limited);
  expect(await refusal(limits.countWrite("another"))).toBeUndefined();
});

test("what is forgiven was not counted", async () => {
  const limits = createRateLimits(limitsSchema.parse({ writesPerUser: 5 }), noDatabase);
  for (let write = 0; write < 50; write++) {
    await limits.countWrite("one");
    limits.forgiveWrite("one");
  }
  for (let write = 0; write < 5; write++) await limits.countWrite("one");
  expect(await refusal(limits.countWrite("one"))).toEqual(limited);
});

test("an address is counted by its calls", async () => {
  const limits = createRateLimits(limitsSchema.parse({ callsPerAddress: 100 }), noDatabase);
  await limits.countCalls("203.0.113.7", 60);
  expect(await refusal(limits.countCalls("203.0.113.7", 60))).toEqual(limited);
  expect(await refusal(limits.countCalls("203.0.113.8", 60))).toBeUndefined();
});

test("tries at an account are counted exactly, by all processes together", async () => {
  await using database = await createTestDatabase();
  const processes = [openPlain(database.url, 4), openPlain(database.url, 4)];
  try {
    const each = processes.map((plain) => createRateLimits(limitsSchema.parse({}), plain));
    const tries = Array.from({ length: 200 }, (_none, index) => refusal(each[index % 2]!.countSignIn("alice", undefined)));
    const refused = (await Promise.all(tries)).filter((one) => one !== undefined);
    expect(refused.length).toBe(190);
    const [first] = refused;
    expect(first).toEqual(limited);
    expect((first as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(14 * 60_000);
    expect(await refusal(each[0]!.countSignIn("bob", undefined))).toBeUndefined();
    // Who gets in starts afresh, everywhere.
    await each[0]!.forgiveSignIn("alice");
    expect(await refusal(each[1]!.countSignIn("alice", undefined))).toBeUndefined();
  } finally {
    await Promise.all(processes.map((plain) => plain.close()));
  }
});

test("tries from an address are counted for all accounts together", async () => {
  await using database = await createTestDatabase();
  const plain = openPlain(database.url, 4);
  try {
    const limits = createRateLimits(limitsSchema.parse({ signInsPerAddress: 20, signUpsPerAddress: 5 }), plain);
    const spray = Array.from({ length: 50 }, (_none, index) => refusal(limits.countSignIn(`user-${index}`, "203.0.113.7")));
    expect((await Promise.all(spray)).filter((one) => one !== undefined).length).toBe(30);
    for (let index = 0; index < 5; index++) await limits.countSignUp("203.0.113.7");
    expect(await refusal(limits.countSignUp("203.0.113.7"))).toEqual(limited);
    expect(await refusal(limits.countSignUp("203.0.113.8"))).toBeUndefined();
    // A program on this very machine.
    for (let index = 0; index < 10; index++) await limits.countSignUp(undefined);
  } finally {
    await plain.close();
  }
});
