"use client";

import type { OrderItem } from "@stampede/core/order/schema";
import { useSyncExternalStore } from "react";
import { mintKey } from "@/commands/pending";

interface Cart {
  /**
   * The key under which this very cart is paid, minted anew with each change. Two tabs that pay
   * the same cart at the same moment use the same key, so it is paid once.
   */
  readonly key: string;
  readonly items: readonly OrderItem[];
}

// Versioned: a later shape of the cart reads this one or starts empty.
const storageKey = "stampede.cart.1";
const empty: Cart = { key: "", items: [] };
const listeners = new Set<() => void>();
let cached: { text: string | null; cart: Cart } = { text: null, cart: empty };

/** The cart as it is now, also when another tab has just changed it. */
const readCart = (): Cart => {
  const text = localStorage.getItem(storageKey);
  if (text !== cached.text) cached = { text, cart: parse(text) };
  return cached.cart;
};

const parse = (text: string | null): Cart => {
  try {
    return text ? (JSON.parse(text) as Cart) : empty;
  } catch {
    // Not written by this shop; an unreadable cart is an empty one.
    return empty;
  }
};

const write = (items: readonly OrderItem[]) => {
  localStorage.setItem(storageKey, JSON.stringify({ key: mintKey(), items } satisfies Cart));
  for (const listener of listeners) listener();
};

/** Sets how many of a product the cart holds; zero takes it out. */
export const setQuantity = (productId: string, quantity: number): void => {
  const { items } = readCart();
  if (quantity <= 0) return write(items.filter((item) => item.productId !== productId));
  const known = items.some((item) => item.productId === productId);
  write(
    known
      ? items.map((item) => (item.productId === productId ? { productId, quantity } : item))
      : [...items, { productId, quantity }],
  );
};

/** Adds to what the cart holds of a product already. */
export const addToCart = (productId: string, quantity: number): void => {
  const held = readCart().items.find((item) => item.productId === productId)?.quantity ?? 0;
  setQuantity(productId, held + quantity);
};

/** Empties the cart that was paid under this key; one that has changed since is left alone. */
export const emptyPaidCart = (key: string): void => {
  if (readCart().key === key) write([]);
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
};

/** The cart; `null` while the server renders, which cannot know it. */
export const useCart = (): Cart | null =>
  useSyncExternalStore<Cart | null>(subscribe, readCart, () => null);
