import "server-only";
import { cache } from "react";
import { visitorHeaders } from "@/trpc/visitor";
import { apiUrl } from "../../env";
import type { User } from "./session-context";

/**
 * Who asks for this page, or nobody. Decides what is shown, never what is allowed: that is the
 * API's business. Without a session cookie the API is not asked.
 */
export const readUser = cache(async (): Promise<User | null> => {
  const headers = await visitorHeaders();
  if (!headers.cookie) return null;
  const answer = await fetch(`${apiUrl()}/api/auth/get-session`, {
    headers,
    cache: "no-store",
    // A header that is slow to say who one is must not hold the page.
    signal: AbortSignal.timeout(3_000),
  });
  if (!answer.ok) return null;
  const session = (await answer.json()) as { user: User } | null;
  if (!session) return null;
  const { id, name, email, role } = session.user;
  return { id, name, email, role };
});
