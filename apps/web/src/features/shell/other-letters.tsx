"use client";

import { useEffect } from "react";

/**
 * The letters that the shop's own font file lacks, as in a product that was named yesterday: 92
 * small files of which a page fetches what it shows. Their 13 kB of rules must not hold the page.
 */
export const OtherLetters = () => {
  useEffect(() => void import("./all-letters"), []);
  return null;
};
