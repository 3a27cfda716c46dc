"use client";

import type { Campaign } from "@stampede/core/coupon/schema";
import { useQuery } from "@tanstack/react-query";
import { useServerNow } from "@/lib/use-server-now";
import { queries } from "@/trpc/queries";
import { useUser } from "../account/session-context";
import { shownCampaigns } from "./shown-campaigns";

/** The campaigns with the phase each is in for this shopper, by the server's clock, live. */
export const useCampaigns = (initial: Campaign[], renderedAt: number) => {
  const user = useUser();
  useQuery(queries.clock());
  const now = useServerNow(renderedAt);
  const { data } = useQuery({ ...queries.campaigns(), initialData: initial });
  const mine = useQuery({ ...queries.myCoupons(), enabled: user !== null }).data ?? [];
  return shownCampaigns(data, mine, now);
};
