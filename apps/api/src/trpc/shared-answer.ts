import type { z } from "zod";

/*
 * Answers that many callers get at once: one object for all of them, checked against its schema once
 * and written as JSON once. A list of twenty products costs as much as an empty answer that way.
 */

const texts = new WeakMap<object, string>();

/**
 * The output schema of a procedure whose answer many callers share. The answer must never be changed
 * after it was given out.
 */
export const sharedOutput = <Schema extends z.ZodType>(schema: Schema): Schema => {
  const checked = new WeakMap<object, unknown>();
  const parse = (answer: unknown): unknown => {
    if (typeof answer !== "object" || answer === null) return schema.parse(answer);
    const known = checked.get(answer);
    if (known !== undefined) return known;
    const output = schema.parse(answer);
    checked.set(answer, output);
    if (typeof output === "object" && output !== null) texts.set(output, JSON.stringify(output));
    return output;
  };
  return Object.create(schema, { parse: { value: parse } }) as Schema;
};

/** What `JSON.stringify` makes of an answer; of a shared one it was made already. */
export const jsonOf = (answer: unknown): string => textOfShared(answer) ?? JSON.stringify(answer);

const bodies = new WeakMap<object, Buffer>();

/**
 * The body of a plain call's answer, as text, or as bytes where the answer is shared: Node makes two
 * copies of a text each time it is sent.
 */
export const resultBodyOf = (answer: unknown): string | Buffer => {
  const shared = textOfShared(answer);
  if (shared === undefined) return resultOf(JSON.stringify(answer));
  let body = bodies.get(answer as object);
  if (!body) bodies.set(answer as object, (body = Buffer.from(resultOf(shared))));
  return body;
};

/** The wire form of a call's result, around what it answers. */
export const resultOf = (json: string): string => `{"result":{"data":${json}}}`;

const textOfShared = (answer: unknown): string | undefined =>
  typeof answer === "object" && answer !== null ? texts.get(answer) : undefined;
