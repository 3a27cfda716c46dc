/** The outcome of something that may be refused: plain data, survives JSON, never thrown. */
export type Result<Value, Problem> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Problem };

export const ok = <Value>(value: Value) => ({ ok: true, value }) as const;
export const err = <Problem>(error: Problem) => ({ ok: false, error }) as const;
