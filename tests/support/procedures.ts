import { z } from "zod";
import { appRouter } from "../../apps/api/src/routers/app.ts";

/** A procedure as it stands in the router: whoever walks these misses none that is added later. */
export interface Procedure {
  readonly path: string;
  readonly type: "query" | "mutation";
  /** Who may call it, by the contract's three tables. */
  readonly access: "public" | "signed in" | "admin";
  /** Its input as JSON schema. */
  readonly input: JsonSchema;
}

/** As much of JSON schema as zod writes for the shop's inputs. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The contract's public procedures, written down a second time; and the shop's clock. */
const publicPaths = new Set([
  "product.list",
  "product.byId",
  "product.popular",
  "coupon.list",
  "shop.clock",
]);

const accessOf = (path: string): Procedure["access"] => {
  if (path.startsWith("admin.")) return "admin";
  return publicPaths.has(path) ? "public" : "signed in";
};

interface Definition {
  readonly _def: { readonly type: string; readonly inputs: readonly z.ZodType[] };
}

/** Every procedure of the router. */
export const procedures: readonly Procedure[] = Object.entries(
  appRouter._def.procedures as unknown as Record<string, Definition>,
).map(([path, { _def }]) => ({
  path,
  type: _def.type as Procedure["type"],
  access: accessOf(path),
  input: z.toJSONSchema(_def.inputs[0]!, { io: "input", unrepresentable: "any" }) as JsonSchema,
}));
