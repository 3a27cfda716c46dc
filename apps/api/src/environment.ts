import { hostsOf } from "@stampede/db/hosts";
import { z } from "zod";
import { addressesIn } from "./http/client-address.ts";
import { defaultLimits, limitsSchema } from "./limits.ts";

/*
 * The only reader of `process.env` in the API. Every variable is also in `.env.example`.
 */

const port = z.coerce.number().int().min(1).max(65_535);
const onOff = (fallback: "on" | "off") => z.enum(["on", "off"]).default(fallback);

const databaseUrl = z
  .string({ error: "must name a PostgreSQL database, as in postgres://user:password@host:5432/name" })
  .regex(/^postgres(ql)?:\/\//, "must begin with postgres:// or postgresql://")
  .refine((url) => hostsOf(url).every((each) => URL.canParse(each)), "is not a well-formed address");

const networks = (otherwise: string) =>
  z
    .string()
    .default(otherwise)
    .transform((text) => text.split(",").map((network) => network.trim()))
    .refine((list) => isNetworks(list), "must be addresses and networks, as in 127.0.0.0/8,::1");

const isNetworks = (list: readonly string[]): boolean => {
  try {
    addressesIn(list);
    return true;
  } catch {
    return false;
  }
};

const limits = z
  .string()
  .transform((text, context) => {
    const parsed = limitsSchema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const message = `must be JSON with limits of limits.ts (${issue?.path.join(".")}: ${issue?.message})`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .default(defaultLimits);

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const environmentSchema = z.object({
  DATABASE_URL: databaseUrl,
  API_PORT: port.default(4000),
  /** The address to listen on; all of the machine's when it is not set. */
  API_HOST: z.string().min(1).optional(),
  /** Signs session cookies; all processes of one shop share it. */
  AUTH_SECRET: z
    .string({ error: "must be a random text of at least 32 characters that all API processes share" })
    .min(32, "must have at least 32 characters"),
  /** The storefront's address; requests with a session cookie must come from here. */
  WEB_ORIGIN: z.url().default("http://localhost:3000"),
  RATE_LIMIT: onOff("on"),
  /** Limits by name, as JSON: limits.ts has them all. */
  LIMITS: limits,
  /** Proxies whose `X-Forwarded-For` is believed; the storefront on this machine is one. */
  TRUSTED_PROXIES: networks("127.0.0.0/8,::1"),
  /** Who may read `/metrics`: private networks. */
  METRICS_FROM: networks("127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"),
  /** Where traces go, as OpenTelemetry names it; none are made when it is not set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Whether connections take on the roles stampede_api and stampede_worker. */
  DATABASE_ROLES: onOff("off"),
  /** Whether this API process also runs the worker. */
  WORKER: onOff("on"),
  DEMO: onOff("off"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  /** API processes behind the one port of this machine; each has connections of its own. */
  API_PROCESSES: z.coerce.number().int().min(1).max(64).default(1),
  /** Transactions this process runs at once, at most: a second one sets out beside a first that takes long. */
  GROUP_LANES: z.coerce.number().int().min(1).max(16).default(2),
  /** Commands one transaction takes at most; 1 turns grouping off. */
  GROUP_SIZE_MAX: z.coerce.number().int().min(1).max(1_000).default(512),
  /** `official` answers every call by tRPC's own adapter, to compare the two. */
  HTTP_EDGE: z.enum(["lean", "official"]).default("lean"),
  /** Connections for reads. */
  READ_CONNECTIONS: z.coerce.number().int().min(1).max(50).default(6),
});

export type Environment = z.output<typeof environmentSchema>;

/** Reads the environment; when it is wrong, says which variable in one sentence and exits with 1. */
export const readEnvironment = (): Environment => {
  const parsed = environmentSchema.safeParse(process.env);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  process.stderr.write(`${issue?.path.join(".")} ${issue?.message ?? "is not valid"}.\n`);
  process.exit(1);
};
