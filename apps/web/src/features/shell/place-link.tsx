"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

/** A place in the head of the page; the one we are at stands out. */
export const PlaceLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link
    href={href}
    aria-current={usePathname().startsWith(href) ? "page" : undefined}
    className="inline-flex min-h-11 items-center rounded-xl px-3 text-sm font-semibold hover:bg-sunken active:bg-line aria-[current]:text-accent-strong"
  >
    {children}
  </Link>
);
