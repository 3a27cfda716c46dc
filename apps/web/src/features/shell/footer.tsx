import { getTranslations } from "next-intl/server";

export const Footer = async () => {
  const t = await getTranslations("shell");
  return (
    <footer className="mt-16 border-t border-line pt-8 pb-24 text-sm text-ink-soft md:pb-10">
      <div className="page flex flex-wrap items-baseline justify-between gap-3">
        <p className="font-semibold text-ink">{t("tagline")}</p>
        <p>{t("demoNote")}</p>
      </div>
    </footer>
  );
};
