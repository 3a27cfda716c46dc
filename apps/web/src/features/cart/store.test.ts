import { beforeEach, expect, test, vi } from "vitest";
import { addToCart, emptyPaidCart, setQuantity } from "./store.ts";

const kept = new Map<string, string>();
const cart = () => JSON.parse(kept.get("stampede.cart.1") ?? "null") as { key: string; items: unknown };

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
  });
});

test("more of the same is one line", () => {
  addToCart("cup", 2);
  addToCart("lamp", 1);
  addToCart("cup", 3);
  expect(cart().items).toEqual([
    { productId: "cup", quantity: 5 },
    { productId: "lamp", quantity: 1 },
  ]);
  setQuantity("cup", 0);
  expect(cart().items).toEqual([{ productId: "lamp", quantity: 1 }]);
});

test("each change is another cart, to be paid under another key", () => {
  addToCart("cup", 1);
  const before = cart().key;
  setQuantity("cup", 2);
  expect(cart().key).not.toBe(before);
});

test("a paid cart is emptied, one that has changed since is not", () => {
  addToCart("cup", 1);
  const paid = cart().key;
  addToCart("lamp", 1);
  emptyPaidCart(paid);
  expect(cart().items).toHaveLength(2);
  emptyPaidCart(cart().key);
  expect(cart().items).toEqual([]);
});

test("what another tab wrote is read; what nobody can read is an empty cart", () => {
  kept.set("stampede.cart.1", JSON.stringify({ key: "k", items: [{ productId: "cup", quantity: 4 }] }));
  addToCart("cup", 1);
  expect(cart().items).toEqual([{ productId: "cup", quantity: 5 }]);
  kept.set("stampede.cart.1", "{");
  addToCart("lamp", 1);
  expect(cart().items).toEqual([{ productId: "lamp", quantity: 1 }]);
});
