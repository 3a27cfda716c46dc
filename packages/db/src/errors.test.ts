import { expect, test } from "vitest";
import {
  errorCode,
  isConflict,
  isConnectionFailure,
  isTimeout,
  violatedConstraint,
} from "./errors.ts";

/** As the driver throws it, and as Drizzle wraps it. */
const both = (fields: object): Error[] => {
  const thrown = Object.assign(new Error("from the driver"), fields);
  return [thrown, new Error("Failed query", { cause: thrown })];
};

test("the code of an error is found, wrapped by Drizzle or not", () => {
  expect(both({ code: "23505" }).map(errorCode)).toEqual(["23505", "23505"]);
});

test("what has no code has none", () => {
  for (const thrown of [new Error("mine"), "text", undefined, null, 5, { code: 23_505 }])
    expect(errorCode(thrown)).toBeUndefined();
});

test("the constraint that refused a write is named, wrapped by Drizzle or not", () => {
  const name = "wallets_balance_within_limit";
  expect(both({ constraint_name: name }).map(violatedConstraint)).toEqual([name, name]);
  expect(violatedConstraint(new Error("mine"))).toBeUndefined();
});

test.each([
  ["40001", "conflict"],
  ["40P01", "conflict"],
  ["55P03", "timeout"],
  ["57014", "timeout"],
  ["CONNECTION_CLOSED", "connection"],
  ["CONNECTION_DESTROYED", "connection"],
  ["CONNECTION_ENDED", "connection"],
  ["CONNECT_TIMEOUT", "connection"],
  ["ECONNREFUSED", "connection"],
  ["ECONNRESET", "connection"],
  ["EPIPE", "connection"],
  ["57P01", "connection"],
  ["57P02", "connection"],
  ["57P03", "connection"],
  ["53300", "connection"],
  ["25P03", "connection"],
  ["25P04", "connection"],
  ["08000", "connection"],
  ["08006", "connection"],
  ["23505", "none"],
  ["25P02", "none"],
  ["42601", "none"],
])("%s is a failure of kind %s", (code, kind) => {
  for (const error of both({ code })) {
    expect(isConflict(error)).toBe(kind === "conflict");
    expect(isTimeout(error)).toBe(kind === "timeout");
    expect(isConnectionFailure(error)).toBe(kind === "connection");
  }
});
