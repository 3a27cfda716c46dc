import { getTranslations } from "next-intl/server";
import type { User } from "../account/session-context";
import { Brand } from "./brand";
import { CartLink } from "./cart-link";
import { LocaleSwitch } from "./locale-switch";
import { PlaceLink } from "./place-link";
import { SignOutButton } from "./sign-out-button";

/** The head of every page. */
export const Header = async ({ user }: { user: User | null }) => {
  const t = await getTranslations("shell");
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-paper/95 backdrop-blur">
      <a
        href="#content"
        className="absolute top-2 left-2 z-50 -translate-y-24 rounded-xl bg-night px-4 py-3 font-semibold text-on-night focus:translate-y-0"
      >
        {t("skip")}
      </a>
      <div className="page flex h-16 items-center justify-between gap-2">
        <Brand label={t("brand")} />
        <nav aria-label={t("mainNav")} className="hidden items-center md:flex">
          <PlaceLink href="/coupons">{t("coupons")}</PlaceLink>
          <PlaceLink href="/orders">{t("orders")}</PlaceLink>
          <PlaceLink href="/wallet">{t("wallet")}</PlaceLink>
          {user?.role === "admin" && (
            <PlaceLink href="/admin">{t("admin")}</PlaceLink>
          )}
        </nav>
        <div className="flex items-center">
          <LocaleSwitch />
          <CartLink />
          {user ? (
            <SignOutButton />
          ) : (
            <PlaceLink href="/sign-in">{t("signIn")}</PlaceLink>
          )}
        </div>
      </div>
    </header>
  );
};
