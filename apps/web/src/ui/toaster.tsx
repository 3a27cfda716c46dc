"use client";

import { Toaster as Sonner } from "sonner";

/** For what happened elsewhere; never the only place that says something went wrong. */
export const Toaster = ({ label }: { label: string }) => (
  <Sonner
    theme="system"
    position="top-center"
    containerAriaLabel={label}
    toastOptions={{
      className: "!rounded-2xl !border-line !bg-surface !text-ink !shadow-lift !font-sans",
      descriptionClassName: "!text-ink-soft",
      duration: 6_000,
    }}
  />
);
