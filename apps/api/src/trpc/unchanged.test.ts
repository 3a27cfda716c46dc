import { expect, test } from "vitest";
import { createUnchanged } from "./unchanged.ts";

interface Product {
  readonly name: string;
  readonly stock: number | null;
}

test("a row that has not changed is the object that was read before", () => {
  const unchanged = createUnchanged<Product>(10);
  const first = unchanged("tea", { name: "Tea", stock: 3 });
  expect(unchanged("tea", { name: "Tea", stock: 3 })).toBe(first);
  expect(unchanged("tea", { name: "Tea", stock: 3 })).toBe(first);
});

test("one that has changed in any column is itself, and from then on the one that is known", () => {
  const unchanged = createUnchanged<Product>(10);
  unchanged("tea", { name: "Tea", stock: 3 });
  for (const row of [
    { name: "Tea", stock: 2 },
    { name: "Green tea", stock: 2 },
    { name: "Green tea", stock: null },
    { name: "Tea", stock: 3 },
  ]) {
    expect(unchanged("tea", row)).toBe(row);
    expect(unchanged("tea", { ...row })).toBe(row);
  }
});

test("the same columns under another key are another row", () => {
  const unchanged = createUnchanged<Product>(10);
  const tea = unchanged("tea", { name: "Tea", stock: 3 });
  expect(unchanged("more tea", { name: "Tea", stock: 3 })).not.toBe(tea);
});

test("it remembers so many, and forgets the one that has been known for longest", () => {
  const unchanged = createUnchanged<Product>(2);
  const [one, two] = ["one", "two"].map((key) => unchanged(key, { name: key, stock: 1 }));
  const changed = unchanged("one", { name: "one", stock: 0 });
  unchanged("three", { name: "three", stock: 1 });
  expect(unchanged("one", { name: "one", stock: 0 })).toBe(changed);
  expect(unchanged("two", { name: "two", stock: 1 })).not.toBe(two);
  expect(one).toEqual({ name: "one", stock: 1 });
});
