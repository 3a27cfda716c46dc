"use client";

import { useQueryClient } from "@tanstack/react-query";
import { usePathname, useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useEffectEvent } from "react";
import type { CommandTypes } from "@/commands/commands";
import { forgetPending } from "@/commands/pending";
import { resumeCommands, subscribeToSettled, type Settled } from "@/commands/run";
import { formatKrw } from "@/lib/format";
import { refusalMessage } from "@/lib/refusal-message";
import { notify } from "@/ui/notify";
import { useUser } from "../account/session-context";
import { emptyPaidCart } from "../cart/store";

/**
 * What follows from a command's answer wherever it arrives: fresh numbers, an emptied cart, and a
 * word about it when its own page is not open. On arrival it takes up what was left unanswered.
 */
export const CommandEffects = () => {
  const user = useUser();
  const client = useQueryClient();
  const pathname = usePathname();
  const router = useRouter();
  const locale = useLocale();
  const t = useTranslations("recovery");
  const tRefusal = useTranslations("refusal");

  const tell = useEffectEvent(({ pending, state, resumed }: Settled) => {
    void client.invalidateQueries();
    if (state.phase === "refused") {
      if (resumed)
        notify({ tone: "bad", text: refusalMessage(tRefusal, state.refusal, locale) });
      return;
    }
    if (pending.name === "order.place") {
      const { orderId, paidAmount } = state.reply as CommandTypes["order.place"]["reply"];
      emptyPaidCart(pending.key);
      if (pathname === "/checkout") return router.replace(`/orders/${orderId}?placed`);
      forgetPending(pending.key);
      notify({
        tone: "good",
        text: t("paid", { amount: formatKrw(paidAmount, locale) }),
        action: { label: t("receipt"), onClick: () => router.push(`/orders/${orderId}`) },
      });
    }
    if (pending.name === "wallet.charge" && resumed) {
      const { balance } = state.reply as CommandTypes["wallet.charge"]["reply"];
      notify({ tone: "good", text: t("charged", { balance: formatKrw(balance, locale) }) });
    }
    if (pending.name === "coupon.claim" && resumed) {
      const { name, sequence } = state.reply as CommandTypes["coupon.claim"]["reply"];
      notify({ tone: "good", text: t("claimed", { name, sequence }) });
    }
  });

  useEffect(() => subscribeToSettled((settled) => tell(settled)), []);
  useEffect(() => {
    if (user) resumeCommands(user.id);
  }, [user]);
  return null;
};
