export interface Unchanged<Row extends object> {
  /** The object that was read before under this key when no column has changed since; else the row. */
  keep(key: string, row: Row): Row;
  /** What was read last under this key, if that is remembered. */
  last(key: string): Row | undefined;
  forget(key: string): void;
}

/**
 * Recognizes rows that are as they were when they were last read: what was made of them then, checked
 * and written as JSON, serves again. It remembers at most `max`, those that changed last.
 */
export const createUnchanged = <Row extends object>(max: number): Unchanged<Row> => {
  const known = new Map<string, Row>();
  return {
    keep(key, row) {
      const before = known.get(key);
      if (before && isSame(before, row)) return before;
      known.delete(key);
      known.set(key, row);
      if (known.size > max) known.delete(known.keys().next().value!);
      return row;
    },
    last: (key) => known.get(key),
    forget: (key) => void known.delete(key),
  };
};

const isSame = <Row extends object>(one: Row, other: Row): boolean => {
  for (const column in one) if (!Object.is(one[column], other[column])) return false;
  return true;
};
