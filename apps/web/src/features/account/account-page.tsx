import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { AccountForm } from "./account-form";
import { safeNext } from "./auth";
import { readUser } from "./session";

/** The page of signing in or up. Somebody who is in already goes straight on. */
export const AccountPage = async ({
  kind,
  next,
}: {
  kind: "signIn" | "signUp";
  next: string | undefined;
}) => {
  const t = await getTranslations("account");
  const to = safeNext(next);
  if (await readUser()) redirect(to);
  return (
    <div className="page flex justify-center py-10 sm:py-16">
      <div className="w-full max-w-md">
        <h1 className="text-3xl font-bold">{t(`${kind}Title`)}</h1>
        <p className="mt-2 mb-8 text-ink-soft">
          {to.startsWith("/checkout") ? t("backToCheckout") : t(`${kind}Lead`)}
        </p>
        <AccountForm kind={kind} next={to} />
      </div>
    </div>
  );
};
