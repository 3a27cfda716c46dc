import { getTranslations } from "next-intl/server";
import { ButtonLink } from "@/ui/button";

export default async function NotFound() {
  const t = await getTranslations("state");
  return (
    <div className="page flex flex-col items-center py-16 text-center">
      <svg aria-hidden viewBox="0 0 320 190" className="w-72">
        <path d="M0 150h320v40H0z" className="fill-sunken" />
        <g className="fill-accent">
          <circle cx="40" cy="132" r="15" />
          <circle cx="82" cy="126" r="20" />
          <circle cx="132" cy="122" r="24" />
          <circle cx="182" cy="128" r="18" />
        </g>
        <path
          d="M236 150V84h56v66M226 84l38-34 38 34"
          className="stroke-edge"
          strokeWidth="9"
          fill="none"
          strokeLinejoin="round"
        />
        <path d="M252 150v-36h24v36" className="fill-line" />
      </svg>
      <h1 className="mt-6 text-3xl font-bold">{t("notFound")}</h1>
      <p className="mt-2 max-w-md text-ink-soft">{t("notFoundHint")}</p>
      <div className="mt-6">
        <ButtonLink href="/">{t("home")}</ButtonLink>
      </div>
    </div>
  );
}
