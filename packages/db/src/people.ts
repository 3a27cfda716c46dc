import { eq, sql } from "drizzle-orm";
import { auditLog } from "./schema/audit-log.ts";
import { accounts, sessions, users, verifications } from "./schema/users.ts";
import { recordInTrail } from "./write/trail.ts";
import type { Transaction } from "./transactions.ts";

/** Everything the shop knows of a person, to be handed to that person; `undefined` if it knows none. */
export const exportPerson = async (
  tx: Pick<Transaction, "execute">,
  email: string,
): Promise<Record<string, unknown> | undefined> => {
  const [row] = await tx.execute<{ person: Record<string, unknown> }>(sql`
    select json_build_object(
      'user', json_build_object('userId', u.id, 'name', u.name, 'email', u.email, 'role', u.role,
        'createdAt', u.created_at),
      'balance', (select balance from wallets where user_id = u.id),
      'log', ${listOf(sql`select operation_id, type, amount, balance_after, created_at
        from point_log where user_id = u.id order by seq`)},
      'orders', ${listOf(sql`select o.*, ${listOf(sql`select product_id, name, unit_price, quantity
        from order_lines where order_id = o.order_id`)} as lines
        from orders o where user_id = u.id order by paid_at`)},
      'coupons', ${listOf(sql`select c.name, i.* from issued_coupons i
        join coupon_campaigns c using (coupon_id) where user_id = u.id order by issued_at`)},
      'sessions', ${listOf(sql`select created_at, expires_at, ip_address, user_agent
        from sessions where user_id = u.id order by created_at`)},
      'commands', ${listOf(sql`select procedure, created_at, request_id, address
        from idempotency_keys where user_id = u.id order by created_at`)},
      'trail', ${listOf(sql`select at, action, outcome, request_id, address
        from audit_log where actor_id = u.id order by entry_id`)}
    ) as person from users u where email = ${email.toLowerCase()}`);
  return row?.person;
};

const listOf = (query: ReturnType<typeof sql>) => sql`coalesce((select json_agg(l) from (${query}) l), '[]')`;

/**
 * Forgets a person: name, e-mail address, password, sessions, and the addresses they came from. What
 * they paid and got stays in the books under their id, which no longer leads to anybody. Answers the
 * id, or `undefined` if there is nobody of that address.
 */
export const forgetPerson = async (tx: Transaction, email: string): Promise<string | undefined> => {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, email.toLowerCase()))
    .for("update");
  if (!user) return undefined;
  const { id } = user;
  await tx.delete(sessions).where(eq(sessions.userId, id));
  await tx.delete(accounts).where(eq(accounts.userId, id));
  await tx.delete(verifications).where(eq(verifications.identifier, email.toLowerCase()));
  await tx
    .update(users)
    .set({ name: "Forgotten", email: `${id}@forgotten.invalid`, image: null, role: "shopper" })
    .where(eq(users.id, id));
  await tx.update(auditLog).set({ address: null }).where(eq(auditLog.actorId, id));
  await tx.execute(sql`update idempotency_keys set address = null where user_id = ${id}`);
  await recordInTrail(tx, { action: "forget", outcome: "OK", target: id });
  return id;
};
