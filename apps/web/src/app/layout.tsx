import type { Metadata, Viewport } from "next";
import { NextIntlClientProvider } from "next-intl";
import type { ReactNode } from "react";
import localFont from "next/font/local";
import { getLocale, getMessages, getTranslations } from "next-intl/server";
import { readUser } from "@/features/account/session";
import { SessionProvider } from "@/features/account/session-context";
import { CommandEffects } from "@/features/shell/command-effects";
import { Footer } from "@/features/shell/footer";
import { Header } from "@/features/shell/header";
import { OfflineBanner } from "@/features/shell/offline-banner";
import { OtherLetters } from "@/features/shell/other-letters";
import { PaintFirst } from "@/features/shell/paint-first";
import { Providers } from "@/features/shell/providers";
import { TabBar } from "@/features/shell/tab-bar";
import { Notifications } from "@/ui/notify";
import "./globals.css";

// Fetched with the page, so that the first thing painted is already in the right letters.
const firstLetters = localFont({
  src: "./pretendard-first.woff2",
  weight: "400 800",
  variable: "--font-first",
  adjustFontFallback: false,
});

// Fetched where a page has one of them.
const furtherLetters = localFont({
  src: "./pretendard-further.woff2",
  weight: "400 800",
  variable: "--font-further",
  adjustFontFallback: false,
  preload: false,
});

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#faf7f1" },
    { media: "(prefers-color-scheme: dark)", color: "#131419" },
  ],
};

export const generateMetadata = async (): Promise<Metadata> => {
  const t = await getTranslations("shell");
  return {
    title: { default: `${t("brand")} · ${t("tagline")}`, template: `%s · ${t("brand")}` },
    description: t("description"),
  };
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const [locale, { admin: _, ...messages }, user, t] = await Promise.all([
    getLocale(),
    // The office brings its own: 3 kB that no shopper reads.
    getMessages(),
    // With the API away the frame still stands; the page inside says what is wrong.
    readUser().catch(() => null),
    getTranslations("shell"),
  ]);
  return (
    <html lang={locale} className={`${firstLetters.variable} ${furtherLetters.variable}`}>
      <head>
        <PaintFirst />
      </head>
      <body className="flex flex-col font-sans antialiased">
        <NextIntlClientProvider messages={messages}>
          <SessionProvider user={user}>
            <Providers>
              <Header user={user} />
              <OfflineBanner />
              <main id="content" tabIndex={-1} className="flex-1 outline-none">
                {children}
              </main>
              <Footer />
              <TabBar />
              <OtherLetters />
              <CommandEffects />
              <Notifications label={t("notifications")} />
            </Providers>
          </SessionProvider>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
