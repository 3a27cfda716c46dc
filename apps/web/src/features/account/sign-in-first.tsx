import { getTranslations } from "next-intl/server";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/empty";

/** A personal page seen by nobody in particular. */
export const SignInFirst = async ({ next }: { next: string }) => {
  const t = await getTranslations("account");
  return (
    <Empty title={t("firstTitle")} hint={t("firstHint")}>
      <ButtonLink href={`/sign-in?next=${next}`}>{t("signIn")}</ButtonLink>
      <ButtonLink href={`/sign-up?next=${next}`} look="secondary">
        {t("signUp")}
      </ButtonLink>
    </Empty>
  );
};
