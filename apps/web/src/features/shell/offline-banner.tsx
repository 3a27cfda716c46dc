"use client";

import { WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";

const subscribe = (listener: () => void) => {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
};

/** Says that the network is gone, and that nothing is lost. Lies over the page: nothing moves. */
export const OfflineBanner = () => {
  const t = useTranslations("shell");
  const online = useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-18 z-30 flex justify-center px-4">
      {!online && (
        <p className="flex items-center gap-2 rounded-full bg-night px-4 py-2 text-sm font-medium text-on-night shadow-lift">
          <WifiOff aria-hidden className="size-4" />
          {t("offline")}
        </p>
      )}
    </div>
  );
};
