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

/** The body of an answer, as Node sends it fastest: in one piece with the headers. */
export interface Body {
  readonly text: string;
  readonly encoding: "utf8" | "latin1";
  readonly byteLength: number;
}

export const bodyOf = (text: string): Body => ({
  text,
  encoding: "utf8",
  byteLength: Buffer.byteLength(text),
});

const bodies = new WeakMap<object, Body>();

/**
 * The body of a plain call's answer. A shared one is turned into bytes once, and they are kept as a
 * text of one character a byte: that Node copies as it is, in one piece with the headers, where a
 * buffer is a second piece (4 µs) and Korean would be encoded each time it is sent.
 */
export const resultBodyOf = (answer: unknown): Body => {
  const shared = textOfShared(answer);
  if (shared === undefined) return bodyOf(resultOf(JSON.stringify(answer)));
  let body = bodies.get(answer as object);
  if (!body) {
    const text = Buffer.from(resultOf(shared)).toString("latin1");
    bodies.set(answer as object, (body = { text, encoding: "latin1", byteLength: text.length }));
  }
  return body;
};

/** The wire form of a call's result, around what it answers. */
export const resultOf = (json: string): string => `{"result":{"data":${json}}}`;

const textOfShared = (answer: unknown): string | undefined =>
  typeof answer === "object" && answer !== null ? texts.get(answer) : undefined;
