import { expect, test } from "vitest";
import { textSchema } from "./text.ts";

const schema = textSchema(10);

test.each(["", "보름 달항아리", "🧶 yarn", "a\tb\nc", "'; drop --", "\\%_{}\""])(
  "%j is stored and shown as it is",
  (text) => {
    expect(schema.parse(text)).toBe(text);
  },
);

test.each([
  ["NUL", "a\u0000b"],
  ["the first half of a pair alone", "a\ud83e"],
  ["the second half of a pair alone", "\uddf6a"],
  ["two halves in the wrong order", "\uddf6\ud83e"],
  ["more than fits", "12345678901"],
])("text with %s is refused", (_why, text) => {
  expect(schema.safeParse(text).success).toBe(false);
});

test.each([null, undefined, 5, ["a"], { toString: () => "a" }])("%j is no text", (value) => {
  expect(schema.safeParse(value).success).toBe(false);
});
