"use client";

import { useQueryClient } from "@tanstack/react-query";
import { usePathname, useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useEffectEvent } from "react";
import { toast } from "sonner";
import type { CommandTypes } from "@/commands/commands";
import { resumeCommands, subscribeToSettled, type Settled } from "@/commands/run";
import { formatKrw } from "@/lib/format";
import { refusalMessage } from "@/lib/refusal-message";
import { useUser } from "../account/session-context";
import { removeBought } from "../cart/store";

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
      if (resumed) toast.error(refusalMessage(tRefusal, state.refusal, locale));
      return;
    }
    if (pending.name === "order.place") {
      const { orderId, paidAmount } = state.reply as CommandTypes["order.place"]["reply"];
      removeBought((pending.input as CommandTypes["order.place"]["input"]).items);
      if (pathname === "/checkout") return router.replace(`/orders/${orderId}?placed`);
      toast.success(t("paid", { amount: formatKrw(paidAmount, locale) }), {
        action: { label: t("receipt"), onClick: () => router.push(`/orders/${orderId}`) },
        duration: 20_000,
      });
    }
    if (pending.name === "wallet.charge" && resumed) {
      const { balance } = state.reply as CommandTypes["wallet.charge"]["reply"];
      toast.success(t("charged", { balance: formatKrw(balance, locale) }));
    }
    if (pending.name === "coupon.claim" && resumed) {
      const { name, sequence } = state.reply as CommandTypes["coupon.claim"]["reply"];
      toast.success(t("claimed", { name, sequence }));
    }
  });

  useEffect(() => subscribeToSettled((settled) => tell(settled)), []);
  useEffect(() => {
    if (user) resumeCommands(user.id);
  }, [user]);
  return null;
};
