import { beforeEach, expect, test, vi } from "vitest";
import { forgetPending, keepPending, mintKey, readPending } from "./pending.ts";

/** What a browser keeps between visits. */
const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
  });
});

const charge = (amount: number, userId = "mina") => keepPending("wallet.charge", userId, { amount });

test("an intention is kept, with its key, before anything is sent", () => {
  const asked = charge(1_000);
  expect(asked.key).toMatch(/^[0-9a-f]{32}$/);
  expect(readPending()).toEqual([asked]);
});

test("the same intention while it is unanswered has the same key", () => {
  expect(charge(1_000)).toEqual(charge(1_000));
  expect(readPending()).toHaveLength(1);
  const items = [{ productId: "p", quantity: 1 }];
  const first = keepPending("order.place", "mina", { items, expectedPaidAmount: 9_000 });
  const again = keepPending("order.place", "mina", { expectedPaidAmount: 9_000, items });
  expect(again.key).toBe(first.key);
});

test("another amount, another person or another command is another intention", () => {
  const keys = [
    charge(1_000),
    charge(2_000),
    charge(1_000, "juno"),
    keepPending("coupon.claim", "mina", { couponId: "c" }),
    keepPending("coupon.claim", "mina", { couponId: "d" }),
  ].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(readPending().map(({ key }) => key)).toEqual(keys);
});

test("once it is answered the same wish is a new intention", () => {
  const { key } = charge(1_000);
  const other = charge(2_000);
  forgetPending(key);
  expect(readPending()).toEqual([other]);
  expect(charge(1_000).key).not.toBe(key);
});

test("a key that is brought along is taken, and stands for one intention at a time", () => {
  const items = [{ productId: "p", quantity: 1 }];
  const pay = (expectedPaidAmount: number) =>
    keepPending("order.place", "mina", { items, expectedPaidAmount }, "key-of-the-cart");
  expect(pay(9_000).key).toBe("key-of-the-cart");
  // The price changed while it was refused: the same cart, asked for anew.
  const now = pay(9_500);
  expect(now.key).toBe("key-of-the-cart");
  expect(readPending()).toEqual([now]);
});

test.each(["", "{", "null", '"text"', "{}"])("what somebody else wrote there (%j) is as nothing", (text) => {
  kept.set("stampede.pending", text);
  expect(readPending()).toEqual([]);
  expect(readPending()).toHaveLength(0);
  const asked = charge(1_000);
  expect(readPending()).toEqual([asked]);
});

test("keys do not repeat", () => {
  expect(new Set(Array.from({ length: 1_000 }, mintKey)).size).toBe(1_000);
});
