"use client";

import type { OrderItem } from "@stampede/core/order/schema";
import { useSyncExternalStore } from "react";

// Versioned: a later shape of the cart reads this one or starts empty.
const storageKey = "stampede.cart.1";
const empty: readonly OrderItem[] = [];
const listeners = new Set<() => void>();
let cached: { text: string | null; items: readonly OrderItem[] } = { text: null, items: empty };

/** What is in the cart now, also when another tab has just changed it. */
export const readCart = (): readonly OrderItem[] => {
  const text = localStorage.getItem(storageKey);
  if (text === cached.text) return cached.items;
  let items = empty;
  try {
    items = JSON.parse(text ?? "[]") as OrderItem[];
  } catch {
    // Not written by this shop; an unreadable cart is an empty one.
  }
  cached = { text, items };
  return items;
};

const write = (items: readonly OrderItem[]) => {
  localStorage.setItem(storageKey, JSON.stringify(items));
  for (const listener of listeners) listener();
};

/** Sets how many of a product the cart holds; zero takes it out. */
export const setQuantity = (productId: string, quantity: number): void => {
  const items = readCart();
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
  const held = readCart().find((item) => item.productId === productId)?.quantity ?? 0;
  setQuantity(productId, held + quantity);
};

/** Takes out what was bought, and only that: the cart may have grown meanwhile. */
export const removeBought = (bought: readonly OrderItem[]): void => {
  const boughtByProductId = new Map(bought.map((item) => [item.productId, item.quantity]));
  write(
    readCart().flatMap((item) => {
      const quantity = item.quantity - (boughtByProductId.get(item.productId) ?? 0);
      return quantity > 0 ? [{ ...item, quantity }] : [];
    }),
  );
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
export const useCart = (): readonly OrderItem[] | null =>
  useSyncExternalStore<readonly OrderItem[] | null>(subscribe, readCart, () => null);
