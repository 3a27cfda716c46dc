"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";

const places = [
  { href: "/admin", key: "products" },
  { href: "/admin/campaigns", key: "campaigns" },
  { href: "/admin/orders", key: "orders" },
  { href: "/admin/audit", key: "audit" },
] as const;

export const AdminNav = () => {
  const t = useTranslations("admin");
  const pathname = usePathname();
  return (
    <nav aria-label={t("nav")} className="mt-4 mb-8 overflow-x-auto border-b border-line">
      <ul className="flex gap-1">
        {places.map(({ href, key }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={pathname === href ? "page" : undefined}
              className="inline-flex min-h-11 items-center border-b-2 border-transparent px-3 font-semibold whitespace-nowrap text-ink-soft aria-[current]:border-accent aria-[current]:text-ink"
            >
              {t(key)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
};
