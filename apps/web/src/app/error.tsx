"use client";

import { lazy, Suspense } from "react";
import type { Broken } from "@/features/shell/error-view";

// 3 kB that no page needs as long as all is well.
const ErrorView = lazy(async () => ({
  default: (await import("@/features/shell/error-view")).ErrorView,
}));

export default function ErrorPage(broken: Broken) {
  return (
    <Suspense>
      <ErrorView {...broken} />
    </Suspense>
  );
}
