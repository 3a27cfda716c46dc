"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { notify } from "@/ui/notify";
import { signOut } from "../account/auth";

export const SignOutButton = () => {
  const t = useTranslations("account");
  const [pending, setPending] = useState(false);
  const leave = async () => {
    setPending(true);
    const problem = await signOut();
    if (!problem) return location.assign("/");
    setPending(false);
    notify({ tone: "bad", text: t(`problem.${problem}`) });
  };
  return (
    <button
      type="button"
      onClick={leave}
      disabled={pending}
      className="inline-flex min-h-11 items-center rounded-xl px-3 text-sm font-semibold hover:bg-sunken"
    >
      {t("signOut")}
    </button>
  );
};
