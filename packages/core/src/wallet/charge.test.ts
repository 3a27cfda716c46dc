import { expect, test } from "vitest";
import { aShop, aWallet, noon } from "../testing/shop.ts";
import { chargeWallet, decideCharge } from "./charge.ts";

const charge = (amount: number, balance = 10_000) =>
  decideCharge(aShop({ wallets: [aWallet({ balance, seq: 4 })] }), {
    actorId: "ada",
    operationId: "charge-1",
    at: noon,
    input: { amount },
  });

test("a charge answers the balance after it and leaves one entry (W2, W3)", () => {
  expect(charge(5_000)).toEqual({
    ok: true,
    value: {
      writes: {
        wallets: [{ userId: "ada", balance: 15_000, seq: 5 }],
        newPointEntries: [
          {
            operationId: "charge-1",
            userId: "ada",
            seq: 5,
            type: "CHARGE",
            amount: 5_000,
            balanceAfter: 15_000,
            createdAt: noon,
          },
        ],
      },
      reply: { userId: "ada", balance: 15_000 },
    },
  });
});

test.each([999, 1, 0, -1, -1_000, Number.MIN_SAFE_INTEGER])(
  "%d KRW is below the minimum (W2)",
  (amount) => {
    expect(charge(amount)).toEqual({
      ok: false,
      error: { reason: "CHARGE_BELOW_MINIMUM", details: { minimum: 1_000 } },
    });
  },
);

test.each([10_000_001, Number.MAX_SAFE_INTEGER])("%d KRW is above the maximum", (amount) => {
  expect(charge(amount)).toEqual({
    ok: false,
    error: { reason: "CHARGE_ABOVE_MAXIMUM", details: { maximum: 10_000_000 } },
  });
});

test.each([1_000, 10_000_000])("%d KRW can be charged", (amount) => {
  expect(charge(amount)).toMatchObject({ value: { reply: { balance: 10_000 + amount } } });
});

test("a wallet can be filled to its limit and not by one won more", () => {
  expect(charge(1_000, 999_999_000)).toMatchObject({
    value: { reply: { balance: 1_000_000_000 } },
  });
  expect(charge(1_001, 999_999_000)).toEqual({
    ok: false,
    error: {
      reason: "BALANCE_LIMIT_EXCEEDED",
      details: { limit: 1_000_000_000, balance: 999_999_000 },
    },
  });
});

test("an amount that breaks the policy is told before a limit that it would pass", () => {
  expect(charge(999, 1_000_000_000)).toMatchObject({ error: { reason: "CHARGE_BELOW_MINIMUM" } });
  expect(charge(10_000_001, 1_000_000_000)).toMatchObject({
    error: { reason: "CHARGE_ABOVE_MAXIMUM" },
  });
});

test("who has no wallet charges nothing, whatever the amount (W1)", () => {
  const request = { actorId: "nobody", operationId: "charge-1", at: noon, input: { amount: 1 } };
  expect(decideCharge(aShop(), request)).toEqual({
    ok: false,
    error: { reason: "WALLET_NOT_FOUND" },
  });
});

test("a charge touches the wallet of its sender and nothing else", () => {
  expect(chargeWallet.name).toBe("wallet.charge");
  expect(chargeWallet.touches("ada", { amount: 1_000 })).toEqual({ wallets: ["ada"] });
});
