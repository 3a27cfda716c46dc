import { z } from "zod";
import { instantSchema } from "../fields.ts";

/** One invariant: how many things were looked at, and the ids of those that break it. */
export const auditCheckSchema = z.strictObject({
  name: z.string(),
  ok: z.boolean(),
  checked: z.int().nonnegative(),
  violations: z.array(z.record(z.string(), z.unknown())),
});
export type AuditCheck = z.output<typeof auditCheckSchema>;

/** The shop's reconciliation: `ok` when every check is. */
export const auditSchema = z.strictObject({
  ok: z.boolean(),
  checkedAt: instantSchema,
  checks: z.array(auditCheckSchema),
});
export type Audit = z.output<typeof auditSchema>;
