import { getTranslations } from "next-intl/server";
import { AccountPage } from "@/features/account/account-page";
import type { PageProps } from "@/lib/page-props";

export const generateMetadata = async () => {
  const t = await getTranslations("account");
  return { title: t("signUp"), robots: { index: false } };
};

export default async function SignUpPage({ searchParams }: PageProps) {
  const { next } = await searchParams;
  return <AccountPage kind="signUp" next={typeof next === "string" ? next : undefined} />;
}
