import { expect, test } from "vitest";
import { createTurnstile, type TurnstileOptions } from "./turnstile.ts";

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A turnstile, and what became of those who came, by name. */
const open = (perTurn: number, options: Partial<TurnstileOptions> = {}) => {
  const turnstile = createTurnstile({ perTurn, isFull: () => false, hasRoom: () => true, ...options });
  const begun: unknown[] = [];
  const turnedAway: unknown[] = [];
  return {
    begun,
    turnedAway,
    goOn: turnstile.goOn,
    /** Who may not be turned away. */
    pass: (who: unknown) => turnstile.pass(() => begun.push(who)),
    command: (who: unknown) => turnstile.passCommand(() => begun.push(who), () => turnedAway.push(who)),
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

test("a crowd finds as much room in a turn as if those who came one by one had never been there", async () => {
  const { pass, begun } = open(8);
  pass("alone");
  await nextTurn();
  await nextTurn();
  for (let n = 1; n <= 20; n++) pass(n);
  expect(begun).toEqual(["alone", 1, 2, 3, 4, 5, 6, 7, 8]);
  await nextTurn();
  expect(begun).toEqual(["alone", ...Array.from({ length: 16 }, (_, index) => index + 1)]);
});

test("when more wait than may newcomers are turned away, together after the turn", async () => {
  const { command, begun, turnedAway } = open(2, { isFull: (inLine) => inLine >= 3 });
  for (let n = 1; n <= 9; n++) command(n);
  // Two have begun and three wait.
  expect([begun, turnedAway]).toEqual([[1, 2], []]);
  await nextTurn();
  expect([begun, turnedAway]).toEqual([[1, 2, 3, 4], [6, 7, 8, 9]]);
  command("one of the next turn");
  await nextTurn();
  expect([begun, turnedAway]).toEqual([[1, 2, 3, 4, 5, "one of the next turn"], [6, 7, 8, 9]]);
});

test("who may not be turned away stands in line, however long it is, but behind no command", async () => {
  const { pass, command, begun, turnedAway } = open(1, { isFull: (inLine) => inLine >= 1 });
  for (const who of ["a command", "another", "a third"]) command(who);
  for (const who of ["a read", "another read"]) pass(who);
  expect(begun).toEqual(["a command", "a read"]);
  await nextTurn();
  expect([begun, turnedAway]).toEqual([["a command", "a read", "another read", "another"], ["a third"]]);
});

test("commands wait for room, in the order they came, and go on when there is some", async () => {
  let room = false;
  const { pass, command, begun, goOn } = open(2, { hasRoom: () => room });
  for (let n = 1; n <= 5; n++) command(n);
  pass("a read");
  await nextTurn();
  expect(begun).toEqual(["a read"]);
  room = true;
  command("late");
  goOn();
  await nextTurn();
  expect(begun).toEqual(["a read", 1, 2]);
  // Full again: nobody begins until it is said that there may be room, not even by looking for it.
  room = false;
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(["a read", 1, 2]);
  room = true;
  goOn();
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(["a read", 1, 2, 3, 4, 5, "late"]);
});

test("of a crowd those who are turned away are told a few dozen at once, also in the middle of a turn", async () => {
  const { command, turnedAway } = open(1, { isFull: () => true });
  for (let n = 1; n <= 70; n++) command(n);
  expect(turnedAway).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  await nextTurn();
  expect(turnedAway).toHaveLength(70);
});
