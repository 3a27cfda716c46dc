"use client";

import { useEffect, useState } from "react";

// How far the server's clock is ahead of this one: somewhere in between, narrower with each answer.
let aheadMsMin = Number.NEGATIVE_INFINITY;
let aheadMsMax = Number.POSITIVE_INFINITY;

/**
 * Learns the server's time from the `Date` of an answer. The header has whole seconds, and the
 * clock was read between sending and receiving: each answer gives an interval, polls intersect.
 */
export const noteServerDate = (date: string | null, sentAt: number, receivedAt: number): void => {
  const server = Date.parse(date ?? "");
  if (Number.isNaN(server)) return;
  const min = server - receivedAt;
  const max = server + 1_000 - sentAt;
  // Nothing in common with what was known: one of the clocks was set, so start again.
  const disjoint = min > aheadMsMax || max < aheadMsMin;
  aheadMsMin = disjoint ? min : Math.max(aheadMsMin, min);
  aheadMsMax = disjoint ? max : Math.min(aheadMsMax, max);
};

/** The server's time, in milliseconds. */
export const serverNow = (): number => {
  const known = Number.isFinite(aheadMsMin) && Number.isFinite(aheadMsMax);
  return Date.now() + (known ? (aheadMsMin + aheadMsMax) / 2 : 0);
};

/**
 * The server's time, ticking by whole seconds; `renderedAt` is what the server itself said while
 * rendering.
 */
export const useServerNow = (renderedAt: number): number => {
  const [now, setNow] = useState(wholeSeconds(renderedAt));
  useEffect(() => {
    const skew = renderedAt - Date.now();
    // Before the first answer the page's own rendering time is the best that is known.
    const read = () => (Number.isFinite(aheadMsMin) ? serverNow() : Date.now() + skew);
    const timer = setInterval(() => setNow(wholeSeconds(read())), 250);
    return () => clearInterval(timer);
  }, [renderedAt]);
  return now;
};

// Down, never up: nothing opens on the page before it opens in the shop.
const wholeSeconds = (ms: number) => Math.floor(ms / 1_000) * 1_000;
