import { expect, test } from "vitest";
import { z } from "zod";
import { jsonOf, resultBodyOf, sharedOutput } from "./shared-answer.ts";

const schema = z.strictObject({ name: z.string(), stock: z.int() });

test("an answer is checked and written once for all who get it", () => {
  const shared = sharedOutput(schema);
  const answer = { name: "Tea", stock: 3 };
  const output = shared.parse(answer);
  expect(output).toEqual(answer);
  expect(shared.parse(answer)).toBe(output);
  expect(jsonOf(output)).toBe('{"name":"Tea","stock":3}');
  // The text was made with the check: nobody may change the object, and nobody is shown a change.
  output.stock = 2;
  expect(jsonOf(output)).toBe('{"name":"Tea","stock":3}');
});

test("another answer is another text, also when it is equal", () => {
  const shared = sharedOutput(schema);
  const [first, second] = [shared.parse({ name: "Tea", stock: 3 }), shared.parse({ name: "Tea", stock: 2 })];
  expect([jsonOf(first), jsonOf(second)]).toEqual(['{"name":"Tea","stock":3}', '{"name":"Tea","stock":2}']);
});

test("what does not fit the schema is refused every time", () => {
  const shared = sharedOutput(schema);
  const wrong = { name: "Tea", stock: "many" };
  for (const _try of [1, 2]) expect(() => shared.parse(wrong)).toThrow(z.ZodError);
});

test("an answer that is nobody else's is written as it is", () => {
  expect([{ a: 1 }, [1], "text", null].map(jsonOf)).toEqual(['{"a":1}', "[1]", '"text"', "null"]);
});

test("a shared answer's body is its bytes, made once; another's is its text", () => {
  const output = sharedOutput(schema).parse({ name: "차", stock: 3 });
  const body = resultBodyOf(output);
  const bytes = Buffer.from('{"result":{"data":{"name":"차","stock":3}}}');
  expect(Buffer.from(body.text, body.encoding)).toEqual(bytes);
  expect(body).toMatchObject({ encoding: "latin1", byteLength: bytes.length });
  expect(resultBodyOf(output)).toBe(body);

  const text = '{"result":{"data":{"name":"차"}}}';
  expect(resultBodyOf({ name: "차" })).toEqual({
    ...{ text, encoding: "utf8", byteLength: Buffer.byteLength(text) },
  });
});
