"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { refusalOf } from "@/lib/refusal";

/** The cache of everything read from the API. */
export const Providers = ({ children }: { children: ReactNode }) => {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            // A refusal is an answer; only silence is worth asking again.
            retry: (count, error) => refusalOf(error).retry === "later" && count < 5,
            // Polls go on while offline and fail quietly; the banner says why.
            networkMode: "always",
          },
        },
      }),
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
};
