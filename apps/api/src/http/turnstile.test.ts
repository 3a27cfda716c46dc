import { expect, test } from "vitest";
import { createTurnstile, type TurnstileOptions } from "./turnstile.ts";

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A turnstile, and what became of those who came, by name. */
const open = (perTurn: number, isFull: TurnstileOptions["isFull"] = () => false) => {
  const { pass } = createTurnstile({ perTurn, isFull });
  const begun: unknown[] = [];
  const turnedAway: unknown[] = [];
  return {
    begun,
    turnedAway,
    /** Who may not be turned away. */
    pass: (who: unknown) => pass(() => begun.push(who)),
    command: (who: unknown) => pass(() => begun.push(who), () => turnedAway.push(who)),
  };
};

test("who comes alone begins at once", () => {
  const { pass, begun } = open(2);
  pass(1);
  expect(begun).toEqual([1]);
});

test("of a crowd a few begin in each turn, in the order they came", async () => {
  const { pass, begun } = open(3);
  for (let n = 1; n <= 8; n++) pass(n);
  expect(begun).toEqual([1, 2, 3]);
  await nextTurn();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
  await nextTurn();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("nobody passes those who stand in line", async () => {
  const { pass, begun } = open(1);
  for (const who of ["first", "second", "third"]) pass(who);
  await nextTurn();
  pass("late");
  expect(begun).toEqual(["first", "second"]);
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(["first", "second", "third", "late"]);
});

test("after a quiet turn it is as if nobody had ever come", async () => {
  const { pass, begun } = open(1);
  for (let n = 1; n <= 3; n++) {
    pass(n);
    expect(begun).toHaveLength(n);
    await nextTurn();
    await nextTurn();
  }
});

test("when more wait than may newcomers are turned away, in a turn no more than begin", async () => {
  const { command, begun, turnedAway } = open(2, (inLine) => inLine >= 3);
  for (let n = 1; n <= 9; n++) command(n);
  // Two have begun and three wait; two were told, and for the last two there was no time.
  expect([begun, turnedAway]).toEqual([[1, 2], [6, 7]]);
  await nextTurn();
  // Two more have begun; of those in line the newest is one too many.
  expect([begun, turnedAway]).toEqual([[1, 2, 3, 4], [6, 7, 9]]);
  await nextTurn();
  expect([begun, turnedAway]).toEqual([[1, 2, 3, 4, 5, 8], [6, 7, 9]]);
});

test("who may not be turned away stays, and those before them go", async () => {
  let mayWait = 10;
  const { pass, command, begun, turnedAway } = open(1, (inLine) => inLine >= mayWait);
  pass("begins");
  command("first");
  command("second");
  pass("a read");
  mayWait = 2;
  await nextTurn();
  expect([begun, turnedAway]).toEqual([["begins", "first"], ["second"]]);
  await nextTurn();
  expect(begun).toEqual(["begins", "first", "a read"]);
});
