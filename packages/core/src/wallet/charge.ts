import type { Command, Decision, CommandRequest, Rows } from "../decision.ts";
import type { RefusalOf } from "../refusals.ts";
import { err, ok, type Result } from "../result.ts";
import { balanceMax, chargeAmountMax, chargeAmountMin } from "./policy.ts";
import type { Balance, ChargeInput } from "./schema.ts";

export type ChargeRefused = RefusalOf<
  | "WALLET_NOT_FOUND"
  | "CHARGE_BELOW_MINIMUM"
  | "CHARGE_ABOVE_MAXIMUM"
  | "BALANCE_LIMIT_EXCEEDED"
>;

/** Tops up a wallet (W2): the balance after the charge, and one log entry (W3). */
export const decideCharge = (
  rows: Pick<Rows, "wallets">,
  { actorId, operationId, at, input: { amount } }: CommandRequest<ChargeInput>,
): Result<Decision<Balance>, ChargeRefused> => {
  const wallet = rows.wallets.get(actorId);
  if (!wallet) return err({ reason: "WALLET_NOT_FOUND" });
  if (amount < chargeAmountMin)
    return err({ reason: "CHARGE_BELOW_MINIMUM", details: { minimum: chargeAmountMin } });
  if (amount > chargeAmountMax)
    return err({ reason: "CHARGE_ABOVE_MAXIMUM", details: { maximum: chargeAmountMax } });

  const balance = wallet.balance + amount;
  if (balance > balanceMax)
    return err({
      reason: "BALANCE_LIMIT_EXCEEDED",
      details: { limit: balanceMax, balance: wallet.balance },
    });

  const seq = wallet.seq + 1;
  return ok({
    writes: {
      wallets: [{ userId: actorId, balance, seq }],
      newPointEntries: [
        {
          operationId,
          userId: actorId,
          seq,
          type: "CHARGE",
          amount,
          balanceAfter: balance,
          createdAt: at,
        },
      ],
    },
    reply: { userId: actorId, balance },
  });
};

export const chargeWallet: Command<ChargeInput, Balance> = {
  name: "wallet.charge",
  touches: (actorId) => ({ wallets: [actorId] }),
  decide: decideCharge,
};
