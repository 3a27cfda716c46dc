import { TRPCError } from "@trpc/server";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createMetrics } from "../observability/metrics.ts";
import { Refused } from "../refused.ts";
import { createCallObserver } from "./call-observer.ts";

const options = { base: { name: "api", pid: 7 }, timestamp: () => ',"time":"2026-11-22T12:00:00.000Z"' };

/** A log that keeps its lines. */
const keptLog = (level = "info") => {
  const lines: string[] = [];
  const log = pino({ ...options, level }, { write: (line: string) => void lines.push(line) });
  return { log, lines };
};

test("a call's line is, to the character, what the log itself would write", () => {
  const [byHand, general] = [keptLog(), keptLog()];
  createCallObserver(byHand.log, createMetrics())("order.place", "request-0001", 12.34);
  general.log.info({ procedure: "order.place", outcome: "OK", ms: 12.3, requestId: "request-0001" });
  expect(byHand.lines).toEqual(general.lines);
});

test("a refusal's line says its reason; what is ours to mend is an error with its cause", () => {
  const { log, lines } = keptLog();
  const observe = createCallObserver(log, createMetrics());
  const refused = new Refused({ reason: "ORDER_NOT_FOUND" });
  observe("order.byId", "request-0001", 1, new TRPCError({ code: "NOT_FOUND", cause: refused }));
  const broken = new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause: new Error("a table is gone") });
  observe("order.byId", "request-0002", 1, broken);
  const [refusal, failure] = lines.map((line) => JSON.parse(line) as { [field: string]: unknown });
  expect(refusal).toMatchObject({ level: 30, outcome: "ORDER_NOT_FOUND", requestId: "request-0001" });
  expect(failure).toMatchObject({ level: 50, outcome: "INTERNAL", err: { message: "a table is gone" } });
});

test("a log that is to say less says nothing of calls that went well", () => {
  const { log, lines } = keptLog("warn");
  createCallObserver(log, createMetrics())("shop.clock", "request-0001", 1);
  expect(lines).toEqual([]);
});

test("each call is counted, by procedure and outcome", async () => {
  const metrics = createMetrics();
  const observe = createCallObserver(keptLog().log, metrics);
  observe("shop.clock", "request-0001", 1);
  observe("shop.clock", "request-0002", 3);
  const text = await metrics.registry.metrics();
  expect(text).toContain('stampede_procedure_seconds_count{procedure="shop.clock",outcome="OK"} 2');
  expect(text).toContain('stampede_procedure_seconds_sum{procedure="shop.clock",outcome="OK"} 0.004');
});
