import type { Command } from "@stampede/core/decision";
import { aShop, aWallet } from "@stampede/core/testing/shop";
import { chargeWallet } from "@stampede/core/wallet/charge";
import { expect, test } from "vitest";
import { decideGroup, fingerprintOf, type QueuedCommand } from "./group.ts";

const at = "2026-11-22T12:00:00.000Z";

const charge = (place: number, over: { readonly key?: string; readonly amount?: number } = {}): QueuedCommand => {
  const { key = `charge-${place}`, amount = 1_000 } = over;
  return {
    command: chargeWallet as unknown as Command<unknown, unknown>,
    actorId: "ada",
    input: { amount },
    keyId: { userId: "ada", procedure: chargeWallet.name, key },
    fingerprint: fingerprintOf({ amount }),
    operationId: `operation-${place}`,
    origin: undefined,
    deadline: Infinity,
  };
};

const decide = (...commands: QueuedCommand[]) => decideWithout([], ...commands);

const decideWithout = (ended: readonly string[], ...commands: QueuedCommand[]) => {
  const rows = aShop({ wallets: [aWallet({ balance: 0, seq: 0 })] });
  return decideGroup(commands, rows, new Map(), at, new Set(ended));
};

test("each of a group decides on the rows as the one before it left them", () => {
  const { outcomes, writes } = decide(charge(1), charge(2), charge(3));
  expect(outcomes).toEqual(
    [1_000, 2_000, 3_000].map((balance) => ({ status: "done", reply: { userId: "ada", balance } })),
  );
  expect(writes.wallets).toEqual([{ userId: "ada", balance: 3_000, seq: 3 }]);
  expect(writes.newPointEntries?.map(({ seq, balanceAfter }) => [seq, balanceAfter])).toEqual([
    [1, 1_000],
    [2, 2_000],
    [3, 3_000],
  ]);
});

test("a key that a neighbour of the group has just bound answers the neighbour's reply", () => {
  const { outcomes, writes } = decide(
    charge(1, { key: "the-same" }),
    charge(2, { key: "the-same" }),
    charge(3, { key: "the-same", amount: 2_000 }),
  );
  const done = { status: "done", reply: { userId: "ada", balance: 1_000 } };
  const reused = { status: "refused", refusal: { reason: "IDEMPOTENCY_KEY_REUSED" } };
  expect(outcomes).toEqual([done, { ...done, replayed: true }, reused]);
  expect(writes.idempotencyKeys).toHaveLength(1);
});

test("a refusal in the middle changes nothing for those after it", () => {
  const { outcomes, writes } = decide(charge(1), charge(2, { amount: 999 }), charge(3));
  expect(outcomes.map(({ status }) => status)).toEqual(["done", "refused", "done"]);
  expect(writes.wallets).toEqual([{ userId: "ada", balance: 2_000, seq: 2 }]);
  expect(writes.idempotencyKeys?.map(({ key }) => key)).toEqual(["charge-1", "charge-3"]);
});

test("whose session has ended does nothing, and does not hear the reply of their key either", () => {
  const from = (sessionToken: string, command: QueuedCommand): QueuedCommand => ({
    ...command,
    origin: { sessionToken, requestId: "request", address: "address" },
  });
  const { outcomes, writes } = decideWithout(
    ["ended"],
    from("good", charge(1)),
    from("ended", charge(2)),
    from("ended", charge(1)),
    charge(3),
  );
  const signedOut = { status: "refused", refusal: { reason: "UNAUTHENTICATED" } };
  expect(outcomes.map(({ status }) => status)).toEqual(["done", "refused", "refused", "done"]);
  expect(outcomes.slice(1, 3)).toEqual([signedOut, signedOut]);
  expect(writes.wallets).toEqual([{ userId: "ada", balance: 2_000, seq: 2 }]);
});
