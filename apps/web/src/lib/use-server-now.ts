"use client";

import { useEffect, useState } from "react";
import { serverNow } from "./server-clock";

/**
 * The server's time, ticking by whole seconds; `renderedAt` is what the server itself said while
 * rendering.
 */
export const useServerNow = (renderedAt: number): number => {
  const [now, setNow] = useState(wholeSeconds(renderedAt));
  useEffect(() => {
    // Before the first answer the page's own rendering time is the best that is known.
    const aheadMs = renderedAt - Date.now();
    const read = () => setNow(wholeSeconds(serverNow(Date.now() + aheadMs)));
    // Four times a second: a whole second is shown late by a quarter of one at most.
    const timer = setInterval(read, 250);
    return () => clearInterval(timer);
  }, [renderedAt]);
  return now;
};

// Down, never up: nothing opens on the page before it opens in the shop.
const wholeSeconds = (ms: number) => Math.floor(ms / 1_000) * 1_000;
