"use client";

import { lazy, Suspense, useSyncExternalStore } from "react";

/** Something that happened elsewhere, with at most one thing to do about it. */
export interface Notification {
  readonly tone: "good" | "bad";
  readonly text: string;
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

// 10 kB that most visits never need: loaded with the first notification.
const Toaster = lazy(async () => ({ default: (await import("./toaster")).Toaster }));

const none: readonly Notification[] = [];
let said = none;
const listeners = new Set<() => void>();

/** Says it in the corner of the page; never the only place that says something went wrong. */
export const notify = (notification: Notification): void => {
  said = [...said, notification];
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The place where notifications appear. */
export const Notifications = ({ label }: { label: string }) => {
  const notifications = useSyncExternalStore(
    subscribe,
    () => said,
    () => none,
  );
  if (notifications.length === 0) return null;
  return (
    <Suspense>
      <Toaster label={label} notifications={notifications} />
    </Suspense>
  );
};
