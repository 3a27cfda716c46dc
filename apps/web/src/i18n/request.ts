import { cookies } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { localeCookie, toLocale } from "./locale";
import { messagesByLocale } from "./messages";

export default getRequestConfig(async () => {
  const locale = toLocale((await cookies()).get(localeCookie)?.value);
  return { locale, messages: messagesByLocale[locale], timeZone: "Asia/Seoul" };
});
