import { expect, test } from "vitest";
import { createUnchanged } from "./unchanged.ts";

interface Product {
  readonly name: string;
  readonly stock: number | null;
}

test("a row that has not changed is the object that was read before", () => {
  const unchanged = createUnchanged<Product>(10);
  const first = unchanged.keep("tea", { name: "Tea", stock: 3 });
  expect(unchanged.keep("tea", { name: "Tea", stock: 3 })).toBe(first);
  expect(unchanged.keep("tea", { name: "Tea", stock: 3 })).toBe(first);
});

test("one that has changed in any column is itself, and from then on the one that is known", () => {
  const unchanged = createUnchanged<Product>(10);
  unchanged.keep("tea", { name: "Tea", stock: 3 });
  for (const row of [
    { name: "Tea", stock: 2 },
    { name: "Green tea", stock: 2 },
    { name: "Green tea", stock: null },
    { name: "Tea", stock: 3 },
  ]) {
    expect(unchanged.keep("tea", row)).toBe(row);
    expect(unchanged.keep("tea", { ...row })).toBe(row);
  }
});

test("the same columns under another key are another row", () => {
  const unchanged = createUnchanged<Product>(10);
  const tea = unchanged.keep("tea", { name: "Tea", stock: 3 });
  expect(unchanged.keep("more tea", { name: "Tea", stock: 3 })).not.toBe(tea);
});

test("it remembers so many, and forgets the one that has been known for longest", () => {
  const unchanged = createUnchanged<Product>(2);
  const [one, two] = ["one", "two"].map((key) => unchanged.keep(key, { name: key, stock: 1 }));
  const changed = unchanged.keep("one", { name: "one", stock: 0 });
  unchanged.keep("three", { name: "three", stock: 1 });
  expect(unchanged.keep("one", { name: "one", stock: 0 })).toBe(changed);
  expect(unchanged.keep("two", { name: "two", stock: 1 })).not.toBe(two);
  expect(one).toEqual({ name: "one", stock: 1 });
});

test("what was read last is known until it is forgotten", () => {
  const unchanged = createUnchanged<Product>(10);
  expect(unchanged.last("tea")).toBeUndefined();
  const tea = unchanged.keep("tea", { name: "Tea", stock: 3 });
  expect(unchanged.last("tea")).toBe(tea);
  unchanged.forget("tea");
  expect(unchanged.last("tea")).toBeUndefined();
});
