"use client";

import { useEffect, useRef } from "react";
import { Toaster as Sonner, toast } from "sonner";
import type { Notification } from "./notify";

// Long enough to read twice; one with something to press stays longer.
const readMs = 6_000;
const actMs = 15_000;

/** Shows each notification once, in order. */
export const Toaster = ({
  label,
  notifications,
}: {
  label: string;
  notifications: readonly Notification[];
}) => {
  const shown = useRef(0);
  useEffect(() => {
    for (const { tone, text, action } of notifications.slice(shown.current))
      toast[tone === "good" ? "success" : "error"](text, {
        duration: action ? actMs : readMs,
        ...(action && { action }),
      });
    shown.current = notifications.length;
  }, [notifications]);
  return (
    <Sonner
      theme="system"
      position="top-center"
      offset={80}
      containerAriaLabel={label}
      toastOptions={{
        className: "!rounded-2xl !border-line !bg-surface !text-ink !shadow-lift !font-sans",
        actionButtonStyle: { background: "var(--accent)", color: "var(--on-accent)" },
      }}
    />
  );
};
