"use client";

import { createContext, useContext, type ReactNode } from "react";

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role?: string | null;
}

const SessionContext = createContext<User | null>(null);

/** Tells the page below who is looking at it. */
export const SessionProvider = ({ user, children }: { user: User | null; children: ReactNode }) => (
  <SessionContext value={user}>{children}</SessionContext>
);

/** Who is looking at this page, or nobody. */
export const useUser = (): User | null => useContext(SessionContext);
