import { TRPCError } from "@trpc/server";
import { expect, test } from "vitest";
import { Refused } from "../refused.ts";
import { errorShape } from "./error-shape.ts";
import { refusalBody } from "./refusal-body.ts";
import { errorOf } from "./run-procedure.ts";

const written = (error: TRPCError, path: string, requestId: string) =>
  JSON.stringify({ error: errorShape(error, path, requestId) });

test("is what JSON makes of the error, with the procedure and the id of each request", () => {
  const soldOut = errorOf(Refused.because({ reason: "COUPON_SOLD_OUT" }));
  for (const path of ["coupon.claim", "order.place", "coupon.claim"])
    for (const requestId of ["a-first-id", "another-id-that-is-longer"]) {
      const { text, byteLength } = refusalBody(soldOut, path, requestId);
      expect(text).toBe(written(soldOut, path, requestId));
      expect(byteLength).toBe(Buffer.byteLength(text));
    }
});

test("has the details of each refusal that has some", () => {
  for (const balance of [1, 20_000]) {
    const error = errorOf(new Refused({ reason: "INSUFFICIENT_BALANCE", details: { required: 30_000, balance } }));
    expect(refusalBody(error, "order.place", "an-id-of-it").text).toBe(written(error, "order.place", "an-id-of-it"));
  }
});

test.each([
  ["with details", new TRPCError({ code: "NOT_FOUND" })],
  ["without", new TRPCError({ code: "FORBIDDEN" })],
])("of a path that nobody knows, whatever is in it, %s", (_name, error) => {
  for (const path of ["the-request-id", "상품", '"'])
    expect(refusalBody(error, path, "an-id-of-it")).toMatchObject({
      text: written(error, path, "an-id-of-it"),
      byteLength: Buffer.byteLength(written(error, path, "an-id-of-it")),
    });
});
