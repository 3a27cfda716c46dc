"use client";

import { House, ReceiptText, Settings2, TicketPercent, Wallet } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { useUser } from "../account/session-context";

/** The five places of the shop, under the thumb on a phone. */
export const TabBar = () => {
  const t = useTranslations("shell");
  const pathname = usePathname();
  const user = useUser();
  // Where something is being bought its own button has the bottom of the screen.
  if (pathname.startsWith("/products/") || pathname === "/checkout") return null;
  const tabs = [
    { href: "/", label: t("home"), Icon: House },
    { href: "/coupons", label: t("coupons"), Icon: TicketPercent },
    { href: "/orders", label: t("orders"), Icon: ReceiptText },
    { href: "/wallet", label: t("wallet"), Icon: Wallet },
    ...(user?.role === "admin" ? [{ href: "/admin", label: t("admin"), Icon: Settings2 }] : []),
  ];
  return (
    <nav
      aria-label={t("tabNav")}
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="flex">
        {tabs.map(({ href, label, Icon }) => {
          const here = href === "/" ? pathname === "/" : pathname.startsWith(href);
          return (
            <li key={href} className="flex-1">
              <Link
                href={href}
                aria-current={here ? "page" : undefined}
                className="flex min-h-14 flex-col items-center justify-center gap-0.5 text-xs font-medium text-ink-soft aria-[current]:font-bold aria-[current]:text-accent-strong"
              >
                <Icon aria-hidden className="size-5.5" />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
};
