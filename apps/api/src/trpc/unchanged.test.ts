import { expect, test } from "vitest";
import { createUnchanged } from "./unchanged.ts";

interface Row {
  readonly name: string;
  readonly stock: number | null;
}

const createAnswers = (max: number) => createUnchanged(max, ({ name, stock }: Row) => ({ answered: `${stock} of ${name}` }));

test("of a row that has not changed the answer is the one that was made before", () => {
  const answers = createAnswers(10);
  const first = answers.answerOf("tea", { name: "Tea", stock: 3 });
  expect(first).toEqual({ answered: "3 of Tea" });
  expect(answers.answerOf("tea", { name: "Tea", stock: 3 })).toBe(first);
  expect(answers.answerOf("tea", { name: "Tea", stock: 3 })).toBe(first);
});

test("of one that has changed in any column it is made anew, and from then on the one that is known", () => {
  const answers = createAnswers(10);
  answers.answerOf("tea", { name: "Tea", stock: 3 });
  for (const row of [
    { name: "Tea", stock: 2 },
    { name: "Green tea", stock: 2 },
    { name: "Green tea", stock: null },
    { name: "Tea", stock: 3 },
  ]) {
    const answer = answers.answerOf("tea", row);
    expect(answer).toEqual({ answered: `${row.stock} of ${row.name}` });
    expect(answers.answerOf("tea", { ...row })).toBe(answer);
  }
});

test("the same columns under another key are another row", () => {
  const answers = createAnswers(10);
  const tea = answers.answerOf("tea", { name: "Tea", stock: 3 });
  expect(answers.answerOf("more tea", { name: "Tea", stock: 3 })).not.toBe(tea);
});

test("it remembers so many, and forgets the one that has been known for longest", () => {
  const answers = createAnswers(2);
  const [one, two] = ["one", "two"].map((key) => answers.answerOf(key, { name: key, stock: 1 }));
  const changed = answers.answerOf("one", { name: "one", stock: 0 });
  answers.answerOf("three", { name: "three", stock: 1 });
  expect(answers.answerOf("one", { name: "one", stock: 0 })).toBe(changed);
  expect(answers.answerOf("two", { name: "two", stock: 1 })).not.toBe(two);
  expect(one).toEqual({ answered: "1 of one" });
});

test("what was answered last is known until it is forgotten", () => {
  const answers = createAnswers(10);
  expect(answers.last("tea")).toBeUndefined();
  const tea = answers.answerOf("tea", { name: "Tea", stock: 3 });
  expect(answers.last("tea")).toBe(tea);
  answers.forget("tea");
  expect(answers.last("tea")).toBeUndefined();
});
