import { initTRPC } from "@trpc/server";
import { expect, test } from "vitest";
import { z } from "zod";
import { Refused } from "../refused.ts";
import type { Context } from "./context.ts";
import { errorOf, runnerOf, type Call, type Procedure } from "./run-procedure.ts";

const { procedure } = initTRPC.context<{ user?: string }>().create();

const call = (input: unknown, ctx = {}): Call => ({
  ...{ path: "a.b", getRawInput: () => input, ctx: ctx as Context, type: "query" },
  ...{ signal: undefined, batchIndex: 0 },
});
const runnerFor = (made: unknown) => runnerOf(made as Procedure);
const ended = (data: unknown) => ({ ok: true, data });

const signedIn = procedure.use(({ ctx, next }) => {
  if (!ctx.user) throw new Refused({ reason: "UNAUTHENTICATED" });
  return next({ ctx: { user: ctx.user.toUpperCase() } });
});

test("the resolver gets the checked input and what the middlewares have added; its answer is checked", async () => {
  const greet = signedIn
    .input(z.object({ times: z.int().default(2) }))
    .output(z.object({ text: z.string() }))
    .query(({ ctx, input }) => ({ text: ctx.user.repeat(input.times), secret: 1 }));
  expect(await runnerFor(greet)(call({}, { user: "ann " }))).toEqual(ended({ text: "ANN ANN " }));
});

test("who may not call is told so before what is wrong with the input, which nobody has read", async () => {
  const run = runnerFor(signedIn.input(z.string()).query(() => "never"));
  const asked = { ...call(1), getRawInput: () => expect.unreachable() };
  expect(await run(asked)).toMatchObject({ ok: false, error: { cause: { refusal: { reason: "UNAUTHENTICATED" } } } });
  expect(await run(call(1, { user: "ann" }))).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
});

test("an answer that does not fit is our mistake", async () => {
  const run = runnerFor(procedure.output(z.string()).query((() => 1) as () => never));
  expect(await run(call(undefined))).toMatchObject({ ok: false, error: { code: "INTERNAL_SERVER_ERROR" } });
});

test("a middleware hears how what comes after it has ended, as it does from tRPC", async () => {
  const heard: unknown[] = [];
  const heeding = procedure.use(async ({ next }) => {
    const result = await next();
    heard.push(result.ok ? result.data : result.error.cause);
    return result;
  });
  const refused = new Refused({ reason: "OUT_OF_STOCK", details: [] } as never);
  expect(await runnerFor(heeding.query(() => 7))(call(undefined))).toEqual(ended(7));
  const failing = heeding.query(() => {
    throw refused;
  });
  const result = await runnerFor(failing)(call(undefined));
  expect(!result.ok && result.error).toBe(errorOf(refused));
  expect(heard).toEqual([7, refused]);
});

test("a second input, or a middleware after the input, would not be seen: it is refused at the start", () => {
  const twice = procedure.input(z.object({ a: z.string() })).input(z.object({ b: z.string() }));
  const after = procedure.input(z.string()).use(({ next }) => next());
  for (const made of [twice.query(() => 1), after.query(() => 1)])
    expect(() => runnerFor(made)).toThrow("one input after them");
});
