"use client";

import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";

/** A sheet over the page: Escape and the cross close it, focus returns to where it was. */
export const Dialog = ({
  title,
  closeLabel,
  open,
  onOpenChange,
  children,
}: {
  title: string;
  closeLabel: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}) => (
  <BaseDialog.Root open={open} onOpenChange={onOpenChange}>
    <BaseDialog.Portal>
      <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-night/60" />
      <BaseDialog.Popup
        data-slot="dialog"
        className="fixed inset-x-0 bottom-0 z-50 mx-auto max-h-[92dvh] w-full max-w-lg overflow-y-auto rounded-t-3xl bg-surface p-6 text-ink shadow-lift sm:inset-y-0 sm:my-auto sm:h-fit sm:rounded-3xl"
      >
        <div className="mb-5 flex items-center justify-between gap-4">
          <BaseDialog.Title className="text-xl font-bold">{title}</BaseDialog.Title>
          <BaseDialog.Close
            aria-label={closeLabel}
            className="flex size-11 items-center justify-center rounded-xl hover:bg-sunken"
          >
            <X aria-hidden className="size-5" />
          </BaseDialog.Close>
        </div>
        {children}
      </BaseDialog.Popup>
    </BaseDialog.Portal>
  </BaseDialog.Root>
);
