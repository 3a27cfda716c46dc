import { expect, test } from "vitest";
import { createTurnstile } from "./turnstile.ts";

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

test("who comes alone begins at once", () => {
  const begun: number[] = [];
  createTurnstile(2).pass(() => begun.push(1));
  expect(begun).toEqual([1]);
});

test("of a crowd a few begin in each turn, in the order they came", async () => {
  const turnstile = createTurnstile(3);
  const begun: number[] = [];
  for (let n = 1; n <= 8; n++) turnstile.pass(() => begun.push(n));
  expect(begun).toEqual([1, 2, 3]);
  expect(turnstile.waiting()).toBe(5);
  await nextTurn();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
  await nextTurn();
  expect(turnstile.waiting()).toBe(0);
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("nobody passes those who stand in line", async () => {
  const turnstile = createTurnstile(1);
  const begun: string[] = [];
  for (const who of ["first", "second", "third"]) turnstile.pass(() => begun.push(who));
  await nextTurn();
  turnstile.pass(() => begun.push("late"));
  expect(begun).toEqual(["first", "second"]);
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(["first", "second", "third", "late"]);
});

test("after a quiet turn it is as if nobody had ever come", async () => {
  const turnstile = createTurnstile(1);
  const begun: number[] = [];
  for (let n = 1; n <= 3; n++) {
    turnstile.pass(() => begun.push(n));
    expect(begun).toHaveLength(n);
    await nextTurn();
    await nextTurn();
  }
});
