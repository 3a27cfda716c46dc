import { hash, verify } from "@node-rs/argon2";
import type { Database } from "@stampede/db/connect";
import { accounts } from "@stampede/db/schema/users";
import { verifyPassword } from "better-auth/crypto";
import { and, eq } from "drizzle-orm";

/** OWASP's first choice of argon2id, 19 MiB and two passes: 10 ms of a core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** How a hash of that begins; argon2id, version 1.3, is what the package makes unasked. */
const madeToday = "$argon2id$v=19$m=19456,t=2,p=1$";

/** The same letters in the same form, however a keyboard composes them. */
const asTyped = (password: string): string => password.normalize("NFKC");

/** The hash of a password with a salt of its own, in the PHC form; on a thread of libuv's pool. */
export const hashPassword = (password: string): Promise<string> => hash(asTyped(password), cost);

/** Whether a password is the one of a hash: ours, or one of better-auth's scrypt, as they were once. */
export const isPassword = (given: { readonly hash: string; readonly password: string }): Promise<boolean> =>
  given.hash.startsWith("$argon2") ? verify(given.hash, asTyped(given.password)) : verifyPassword(given);

/**
 * Gives an account whose hash was made in another way one of today's; called with the password that
 * was just found right. If the password changes meanwhile, the change stays.
 */
export const renewHash = async (db: Database, userId: string, password: string): Promise<void> => {
  const ofUser = and(eq(accounts.userId, userId), eq(accounts.providerId, "credential"));
  const [account] = await db.select({ hash: accounts.password }).from(accounts).where(ofUser);
  if (!account?.hash || account.hash.startsWith(madeToday)) return;
  const renewed = await hashPassword(password);
  await db.update(accounts).set({ password: renewed }).where(and(ofUser, eq(accounts.password, account.hash)));
};
