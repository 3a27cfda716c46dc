"use client";

import { useTranslations } from "next-intl";
import type { CommandState } from "@/commands/run";
import { Notice } from "@/ui/notice";
import { RefusalNotice } from "./refusal-notice";

/** What is happening to a command: silent while all is well, visible while it is sent again. */
export const CommandNotice = ({ state }: { state: CommandState }) => {
  const t = useTranslations("recovery");
  if (state.phase === "refused") return <RefusalNotice refusal={state.refusal} />;
  if (state.phase === "waiting")
    return (
      <RefusalNotice refusal={state.refusal}>
        <p className="mt-1 font-semibold">{t("retrying", { attempt: state.attempt })}</p>
      </RefusalNotice>
    );
  if (state.phase === "sending" && state.attempt > 1)
    return <Notice tone="warn">{t("sendingAgain", { attempt: state.attempt })}</Notice>;
  return null;
};
