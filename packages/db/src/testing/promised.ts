/** A promise and the ways to settle it: how one half of a test tells the other to go on. */
export interface Promised<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

export const promised = <Value = void>(): Promised<Value> => {
  let settle: Omit<Promised<Value>, "promise">;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle! };
};
