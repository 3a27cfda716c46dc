import { randomBytes } from "node:crypto";
import type { Logger } from "pino";

/*
 * Traces for OpenTelemetry: a request, the group its command rode in, the steps of the group's
 * transaction. Loaded only when a collector is named. Sent as OTLP over HTTP in JSON, which is a few
 * fields; the SDK for it would be the largest dependency of the API and hooks into every module.
 */

/** Something that takes time, and what it is part of. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** It is over; `error` names what went wrong. */
  end(attributes?: Attributes, error?: string): void;
}

/** A group's transaction, as a row of steps. */
export interface GroupTrace {
  /** The step before is over and this one begins. */
  step(name: string): void;
  end(error?: unknown): void;
}

export interface Traces {
  /** A request; part of its caller's trace where `traceparent` (W3C) says so. */
  request(name: string, traceparent: string | undefined): Span;
  /** A group: part of the first request's trace, linked to all the others. */
  group(requests: readonly (Span | undefined)[]): GroupTrace;
  /** Sends what is still here. */
  close(): Promise<void>;
}

type Attributes = Readonly<Record<string, string | number>>;
type Ids = Pick<Span, "traceId" | "spanId">;

interface Finished extends Ids {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly object[];
  readonly links: readonly Ids[];
  readonly status: object;
}

/** Sent together, or after this time (ms). */
const batchSize = 512;
const flushMs = 1_000;
/** Kept while the collector is away; more are lost, the shop is not. */
const keptMax = 8_192;
const sendMsMax = 1_000;
/** A process that stops waits no longer than this for the collector. */
const closeMsMax = 1_000;

const internal = 1;
const server = 2;
const client = 3;

/** Sends spans to `${endpoint}/v1/traces`. A collector that is away costs nothing but the spans. */
export const createTraces = (endpoint: string, log: Logger): Traces => {
  let kept: Finished[] = [];
  let sending: Promise<void> = Promise.resolve();
  const address = `${endpoint.replace(/\/$/, "")}/v1/traces`;

  const send = async (): Promise<void> => {
    const spans = kept.splice(0, batchSize);
    if (spans.length === 0) return;
    const resource = { attributes: attributesOf({ "service.name": "stampede-api", "process.pid": process.pid }) };
    const body = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "stampede" }, spans }] }] };
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(sendMsMax),
      });
      if (!answer.ok) log.debug({ status: answer.status }, "the collector of traces refuses");
    } catch (error) {
      log.debug({ err: error }, "the collector of traces does not answer");
    }
  };
  const flush = () => (sending = sending.then(send));
  const timer = setInterval(() => void flush(), flushMs).unref();

  const begin = (name: string, kind: number, parent: Ids | undefined, links: readonly Ids[] = []): Span => {
    const ids = { traceId: parent?.traceId ?? randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };
    const startTimeUnixNano = nanos();
    return {
      ...ids,
      end(attributes = {}, error) {
        if (kept.length >= keptMax) return;
        kept.push({
          ...ids,
          ...(parent && { parentSpanId: parent.spanId }),
          name,
          kind,
          startTimeUnixNano,
          endTimeUnixNano: nanos(),
          attributes: attributesOf(attributes),
          links,
          // 2 is "error" in OTLP.
          status: error === undefined ? {} : { code: 2, message: error },
        });
        if (kept.length >= batchSize) void flush();
      },
    };
  };

  return {
    request: (name, traceparent) => begin(name, server, parentOf(traceparent)),
    group(requests) {
      const spans = requests.filter((span) => span !== undefined);
      const links = [...new Set(spans)].map(({ traceId, spanId }) => ({ traceId, spanId }));
      const group = begin("group", internal, spans[0], links);
      let step: Span | undefined;
      return {
        step(name) {
          step?.end({ "db.system.name": "postgresql" });
          step = begin(name, client, group);
        },
        end(error) {
          const failure = error === undefined ? undefined : error instanceof Error ? error.name : "unknown";
          step?.end({ "db.system.name": "postgresql" }, failure);
          group.end({ "stampede.group.size": requests.length }, failure);
        },
      };
    },
    async close() {
      clearInterval(timer);
      for (const until = Date.now() + closeMsMax; kept.length > 0 && Date.now() < until; ) await flush();
      await sending;
    },
  };
};

/** The clock as OTLP wants it; finer than a millisecond, so that steps have a length. */
const nanos = (): string => String(Math.round((performance.timeOrigin + performance.now()) * 1e3)) + "000";

const attributesOf = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));

/** `00-<trace id>-<span id>-<flags>`; anything else is no parent. */
const parentOf = (traceparent: string | undefined): Ids | undefined => {
  const [, traceId, spanId] = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? "") ?? [];
  return traceId && spanId ? { traceId, spanId } : undefined;
};
