import fc from "fast-check";
import type { JsonSchema } from "./procedures.ts";

/** Texts that have broken programs before: SQL, script, template, path, format, encoding. */
export const hostileTexts: readonly string[] = [
  "' or 1=1 --",
  "'; drop table users; --",
  '" or ""="',
  "1; select pg_sleep(10)",
  "') union select null, null --",
  "$1",
  "${7*7}",
  "{{7*7}}",
  "%s%s%s%n",
  "../../../../etc/passwd",
  "..\\..\\windows\\win.ini",
  "<script>alert(1)</script>",
  "\"><img src=x onerror=alert(1)>",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udfff",
  "\ufeff",
  "\u202e\u2066",
  "\r\nset-cookie: admin=1",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "NaN",
  "Infinity",
  "-0",
  "1e308",
  "9223372036854775808",
  "0x3e8",
  "null",
  "undefined",
  "[object Object]",
  "{}",
  "[]",
  "",
  " ",
  "x".repeat(129),
  "x".repeat(5_001),
  "🐎".repeat(60),
  "00000000-0000-0000-0000-000000000000",
  "1_00000000-0000-0000-0000-000000000000",
  "999999999999999_00000000-0000-0000-0000-000000000000",
];

/** Numbers at the edges of what money, counts, PostgreSQL and JavaScript can say. */
export const hostileNumbers: readonly number[] = [
  -1, 0, 1, 999, 1_000, 1_000.5, 10_000_000, 10_000_001, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53,
  2 ** 63, -(2 ** 63), 1e21, 1e308, 5e-324, -0,
];

// In the generated value they stand for names that an object literal would take for its prototype.
const protoName = "@proto";

/** The value as JSON text, with the names in it that JavaScript knows well as ordinary fields. */
export const hostileJson = (value: unknown): string =>
  (JSON.stringify(value) ?? "").replaceAll(`"${protoName}":`, '"__proto__":');

const strangeFields = fc.constantFrom(protoName, "constructor", "prototype", "toString", "userId", "role", "", "0");

/** Anything at all, mostly what has broken programs before. */
export const stranger: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(...hostileNumbers),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], { [protoName]: { polluted: true } }),
  { arbitrary: fc.constant({ constructor: { prototype: { polluted: true } } }), weight: 1 },
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 60 }),
);

/** What a decent program would send: it fits the schema. */
export const decent = (schema: JsonSchema): fc.Arbitrary<unknown> => grow(schema, 0);

/** Mostly decent, with something strange in about every third place. */
export const hostile = (schema: JsonSchema): fc.Arbitrary<unknown> => grow(schema, 1);

const grow = (schema: JsonSchema, strange: 0 | 1): fc.Arbitrary<unknown> =>
  fc.oneof(
    { arbitrary: fitting(schema, strange), weight: 3 },
    { arbitrary: stranger, weight: strange },
  );

const fitting = (schema: JsonSchema, strange: 0 | 1): fc.Arbitrary<unknown> => {
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => grow(choice, strange)));
  if (schema.type === "object") return objectOf(schema, strange);
  if (schema.type === "array") {
    const { items = {}, minItems = 0, maxItems = 4 } = schema;
    return fc.array(grow(items, strange), { minLength: minItems, maxLength: Math.min(maxItems, 4) });
  }
  if (schema.type === "integer" || schema.type === "number") {
    const { minimum: min = -(2 ** 53) + 1, maximum: max = 2 ** 53 - 1 } = schema;
    return fc.oneof(fc.integer({ min, max }), fc.integer({ min, max: Math.min(max, min + 10_000) }));
  }
  if (schema.type === "string") return textOf(schema);
  return fc.constant(null);
};

const objectOf = ({ properties = {}, required = [] }: JsonSchema, strange: 0 | 1) => {
  const fields = Object.entries(properties).map(([name, field]) => [name, grow(field, strange)] as const);
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  const more = strange
    ? fc.oneof({ arbitrary: fc.constant({}), weight: 4 }, fc.dictionary(strangeFields, stranger, { maxKeys: 2 }))
    : fc.constant({});
  return fc.tuple(known, more).map(([one, other]) => ({ ...one, ...other }));
};

const textOf = ({ pattern, format, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> => {
  if (format === "date-time")
    return fc
      .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (pattern?.includes("https?")) return fc.constantFrom("/a.svg", "https://pictures.example/a.png");
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(maxLength, 40) });
};
