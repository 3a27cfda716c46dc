import { NextIntlClientProvider } from "next-intl";
import type { ReactNode } from "react";
import { getMessages, getTranslations } from "next-intl/server";
import { readUser } from "@/features/account/session";
import { SignInFirst } from "@/features/account/sign-in-first";
import { AdminNav } from "@/features/admin/admin-nav";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";

export const generateMetadata = async () => {
  const t = await getTranslations("admin");
  return { title: t("title"), robots: { index: false } };
};

/** Shows the office to its people. What anybody may do there is decided by the API, each time. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const [t, user] = await Promise.all([getTranslations("admin"), readUser()]);
  if (!user) return <SignInFirst next="/admin" />;
  if (user.role !== "admin")
    return (
      <Empty title={t("forbidden")} hint={t("forbiddenHint")}>
        <ButtonLink href="/">{t("home")}</ButtonLink>
      </Empty>
    );
  return (
    <NextIntlClientProvider messages={await getMessages()}>
      <div className="page pt-8 sm:pt-12">
        <h1 className="text-3xl font-bold">{t("title")}</h1>
        <AdminNav />
        {/* How long a table is nobody knows before it is there: what follows it is off the screen. */}
        <div className="min-h-240">{children}</div>
      </div>
    </NextIntlClientProvider>
  );
}
