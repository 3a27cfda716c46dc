import type { Logger } from "pino";
import type { SessionUser } from "@stampede/db/read/sessions";
import type { Span } from "../observability/traces.ts";
import type { RateLimits } from "../rate-limits.ts";
import type { Shop } from "../shop.ts";
import type { CallObserver } from "./call-observer.ts";

/** Made once an HTTP request and shared by the calls of a batch: read-only, never a transaction. */
export interface Context {
  readonly requestId: string;
  /** The client's address, in front of our proxies. */
  readonly address: string;
  /** The request's span, when requests are traced. */
  readonly span: Span | undefined;
  readonly shop: Shop;
  readonly rateLimits: RateLimits;
  readonly log: Logger;
  readonly observeCall: CallObserver;
  /** Who is asking; looked up at most once a request, and only when a procedure wants to know. */
  readonly session: () => Promise<SessionUser | undefined>;
  /** Who was asking when the session was last looked up, by whomever: for commands, which ask again with their locks. */
  readonly lastSession: () => SessionUser | undefined;
}
